"""What takes the place of ingress-nginx's annotations on other controllers: a file for each.

The file's name is the controller's; `_instead.Target` is what it offers. Only what
that controller's model knows, or its manual says in one sentence, stands there.
"""
