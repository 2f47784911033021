"""How the system is started and run: on a developer's machine (`local`), in containers (`docker`). No rule of the field lives here."""
