"""`python -m calcitrial` is the command line."""

from calcitrial.commands import main

if __name__ == "__main__":
    main()
