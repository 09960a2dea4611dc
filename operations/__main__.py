"""`python -m operations` is `dataconnect`."""

from operations.command import app

if __name__ == "__main__":
    app(prog_name="dataconnect")
