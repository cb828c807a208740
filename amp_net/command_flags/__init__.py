"""Flags that several commands have, a module each, which a command adopts: `flags.adopt_module_key_flags`.

A module defines its flags when it is imported, so a command has the flags of those alone that it imports.
What one command alone has is in that command.
"""
