"""What administrators change about people who work here."""

from django.db import transaction

from webapp.accounts.models import StaffMember, StaffToken
from webapp.accounts.services import Refused

Role = StaffMember.Role


@transaction.atomic
def change_member(*, by: StaffMember, member: StaffMember, role: str, is_active: bool) -> None:
    """Give a member another role, or send them away: their sessions and keys are good for nothing then.

    Raises Refused where `by` is no administrator, and where nobody might be left to undo it.
    """
    if by.role != Role.ADMIN:
        raise Refused("Only administrators may change what others may do.")
    if role not in Role.values:
        raise Refused(f"The role must be one of {', '.join(Role.values)}; it is {role!r}.")
    if member.pk == by.pk and (role != Role.ADMIN or not is_active):
        raise Refused("You cannot take your own rights away; another administrator can.")
    member.role, member.is_active = role, is_active
    member.save(update_fields=["role", "is_active"])
    if not is_active:
        StaffToken.objects.filter(member=member).delete()
