"""What a process is told when it starts: variables and secret files, read strictly. Nothing here knows a service or reads the environment by itself."""
