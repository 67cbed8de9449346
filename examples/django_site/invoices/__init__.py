"""An application that reads invoices."""
