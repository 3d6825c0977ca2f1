"""How a field is answered: read the viewer, call the domain, return rows. No GraphQL type is named here."""
