# Generated from openapi.yaml by openapi-python-client 0.29.1. Do not edit:
# change openapi.yaml or templates/, and run `nox -s regenerate`.
"""Contains all the data models used in inputs/outputs"""

from .canvas_run import CanvasRun
from .canvas_run_status import CanvasRunStatus
from .completion_type import CompletionType
from .create_run import CreateRun
from .error_body import ErrorBody
from .file_type import FileType
from .file_usage import FileUsage
from .free_form_object import FreeFormObject
from .function_definition import FunctionDefinition
from .image_detail import ImageDetail
from .image_part import ImagePart
from .image_url import ImageUrl
from .information import Information
from .input_content import InputContent
from .input_file import InputFile
from .message import Message
from .message_role import MessageRole
from .object_schema import ObjectSchema
from .output_content import OutputContent
from .override import Override
from .raw_input import RawInput
from .raw_message import RawMessage
from .role import Role
from .schema_type import SchemaType
from .structured_output import StructuredOutput
from .text_part import TextPart
from .tool_call import ToolCall

__all__ = (
    "CanvasRun",
    "CanvasRunStatus",
    "CompletionType",
    "CreateRun",
    "ErrorBody",
    "FileType",
    "FileUsage",
    "FreeFormObject",
    "FunctionDefinition",
    "ImageDetail",
    "ImagePart",
    "ImageUrl",
    "Information",
    "InputContent",
    "InputFile",
    "Message",
    "MessageRole",
    "ObjectSchema",
    "OutputContent",
    "Override",
    "RawInput",
    "RawMessage",
    "Role",
    "SchemaType",
    "StructuredOutput",
    "TextPart",
    "ToolCall",
)
