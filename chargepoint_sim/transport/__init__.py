"""What carries the frames: sockets, TLS, websockets; nothing here knows what a frame means."""
