"""What an account's records say: who used what, what was granted, what is left over.

Plain Python on CloudTrail records and on the answer of IAM's GetAccountAuthorizationDetails, as
dicts; a lab's or a real account's. :mod:`.event_actions` knows which IAM actions an event stands
for, :mod:`.usage` counts them by principal, :mod:`.entities` reads who has which policies since
when, :mod:`.unused` compares the two, :mod:`.smaller` writes the policy that would do, and
:mod:`.external` finds who outside a zone of trust may reach a resource.
"""
