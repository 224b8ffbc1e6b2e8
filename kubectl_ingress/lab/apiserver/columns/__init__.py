"""What `kubectl get` shows of each kind, as data: kind -> columns.

The facts are those of pkg/printers/internalversion/printers.go. A cell is made from the
object as it is served, and always for `-o wide`: kubectl hides what has priority 1.
"""
