"""How the program is put together and started: settings, addresses, database server, web server and worker.

Nothing in here knows the law or a case.
"""
