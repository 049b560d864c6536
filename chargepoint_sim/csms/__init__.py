"""The built-in central system: `central` is pure, `server` has the sockets, `http` the commands, `show` the tables."""
