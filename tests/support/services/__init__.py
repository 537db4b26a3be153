"""Programs the stack is tested with: small stand-ins for services, and a stack in a process of its own."""
