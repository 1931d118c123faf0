"""The wall around the volunteer tier (I1): one list of what it may touch, enforced by the database.

`allowlist` is the list; `postgres` turns it into a role's privileges, `sqlite` into an authorizer on the connection;
`middleware` puts volunteers' requests behind it where one process serves everybody.
"""
