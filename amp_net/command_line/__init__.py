"""How every command starts and fails, and how a long piece of work says how far it is."""
