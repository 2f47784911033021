"""Pages in a real browser. `install.sh` says where one is. No rule of a service is tested here."""
