"""The way of one call: read, identify, authorize, record, answer.

Every request of boto3, and of requests, arrives here before moto sees it. moto keeps the
account's state; this decides what happens to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from helpers.lab import (
    callers,
    context,
    documents,
    errors,
    handlers,
    last_use,
    regions,
    s3_subresources,
    seam,
    upload_forms,
    wire,
)
from helpers.lab.account import Account, Credential
from helpers.lab.authorization import Requirement, other_account, requirements
from helpers.lab.caller import SOURCE_IP_ATTRIBUTE
from helpers.lab.clock import turn
from helpers.lab.errors import AwsError
from helpers.lab.explanation import Refusal
from helpers.lab.interrupts import Deferred
from helpers.lab.policies import policies_for
from helpers.lab.services import Asked, answer_to, checks_of, denial_of
from helpers.lab.services.sts import check_code
from helpers.lab.world import World
from helpers.policy import Decision, Policies, PolicyError, Request, evaluate

# What credentials of GetSessionToken without MFA, and of GetFederationToken, may not call.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access.html
STS_OF_A_SESSION = frozenset({"AssumeRole", "GetCallerIdentity", "GetSessionToken"})
STS_OF_A_FEDERATED_USER = frozenset({"GetCallerIdentity", "GetSessionToken"})


class Gate:
    """Decides and answers the calls of one lab, one at a time."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Any) -> wire.HttpAnswer:
        """The HTTP answer to a request. Raises ``NotAws`` for a host that is none of AWS's."""
        address = getattr(request, SOURCE_IP_ATTRIBUTE, context.SOURCE_IP)
        request = seam.normalize_request(request)
        request.environ[context.SOURCE_IP_ENVIRON] = address
        # Kept, because reading a form empties the stream and the signature covers the body.
        request.get_data(cache=True)
        with Deferred(), turn():
            self.world.clock.tick()
            try:
                call = wire.read(request)
            except AwsError as error:
                return wire.bare_error_answer(request, error)
            return self._answer(call)

    def _answer(self, call: wire.Call) -> wire.HttpAnswer:
        world, now = self.world, self.world.clock.now
        principal, known, account = callers.ANONYMOUS, False, None
        decided = len(world.decisions)
        failure: AwsError | None = None
        try:
            principal = callers.identify(call, world.accounts.values(), now)
            if not regions.knows(self._home(principal), call.region, now):
                raise errors.failure(errors.Failure.UNKNOWN_KEY, call.service, call.protocol)
            known = True
            last_use.note(call, principal, self._home(principal), now)
            upload_forms.check(call, now)
            account = self._account_called(call, principal)
            self._refuse_weak_sessions(call, principal)
            principal = self._with_code(call, principal)
            for check in checks_of(call.service):
                check(call, principal, world)
            needs = requirements(call, principal, account.id, world)
            denied = self._authorize(call, principal, needs)

            def forward(changed: wire.Call = call) -> wire.HttpAnswer:
                return self._forward(changed, account)

            asked = Asked(call, principal, account, world, forward, denied)
            http = self._perform(asked)
        except AwsError as error:
            failure, http = error, wire.error_answer(call, error)
            told = error.is_denial or error.hint
            if told and not (world.refusal and world.refusal.error is error):
                world.refusal = Refusal(call.api, error)
        if not known:
            # CloudTrail has no record of a request whose credentials are not valid.
            return wire.with_request_id(
                call.service, call.protocol, http, *world.trail.new_request_id(call.service)
            )
        home = self._home(principal)
        owner = account or home
        decisions = world.decisions[decided:]
        return world.trail.record(
            call,
            principal,
            home.id,
            owner.id,
            now,
            http,
            failure,
            decisions,
            context.source_ip(call),
        )

    def _home(self, principal: callers.Principal) -> Account:
        """The account of a caller; of one who has none, the first."""
        return self.world.accounts.get(principal.account_id or "") or self.world.first

    def _account_called(self, call: wire.Call, principal: callers.Principal) -> Account:
        """Whose stores a call works on: those of the owner of the bucket, or of the resource
        whose ARN it gives, else the caller's own."""
        home = self._home(principal)
        if call.service == "s3":
            # A new bucket is its maker's, even where another account has that name already.
            name = call.parameters.get("Bucket") if call.operation != "CreateBucket" else None
            owner = seam.s3_account_of(name) if name else None
        else:
            owner = other_account(call, principal, home.id, self.world)
        return self.world.accounts.get(owner or "") or home

    def _refuse_weak_sessions(self, call: wire.Call, principal: callers.Principal) -> None:
        """Stop what AWS keeps from temporary credentials and from root, whatever policies say."""
        if principal.is_root and (call.service, call.operation) == ("sts", "AssumeRole"):
            raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.", 403)
        if principal.credential is Credential.SESSION_TOKEN and not principal.mfa:
            allowed = STS_OF_A_SESSION
        elif principal.credential is Credential.FEDERATION:
            allowed = STS_OF_A_FEDERATED_USER
        else:
            return
        if call.service == "iam":
            raise errors.failure(errors.Failure.UNKNOWN_TOKEN, call.service, call.protocol)
        if call.service == "sts" and call.operation not in allowed:
            raise AwsError(
                "AccessDenied", f"Cannot call {call.operation} with session credentials", 403
            )

    def _with_code(self, call: wire.Call, principal: callers.Principal) -> callers.Principal:
        """The caller of an AssumeRole that brings a one-time code: with MFA, for this call.

        The role's trust policy may ask for it, so it is checked before any policy is.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
        """
        serial, code = call.parameters.get("SerialNumber"), call.parameters.get("TokenCode")
        if (call.service, call.operation) != ("sts", "AssumeRole") or not (serial or code):
            return principal
        account, now = self._home(principal), self.world.clock.now
        check_code(account, serial, code, principal.identity_arn, now)
        return replace(principal, mfa=True, mfa_at=now)

    def _authorize(
        self, call: wire.Call, principal: callers.Principal, needs: Iterable[Requirement]
    ) -> dict[tuple[str, str], Decision]:
        """Ask the policy engine for each requirement; raise at the first that is denied.

        Returns the denials of optional requirements, by action and resource.
        """
        world = self.world
        general = context.request_context(call, principal, world.clock.now)
        general |= context.organization_context("Principal", principal.account_id, world)
        denied: dict[tuple[str, str], Decision] = {}
        for need in needs:
            owner = need.resource_account or principal.account_id
            of_resource = context.organization_context("Resource", owner, world)
            if owner is not None:
                of_resource["aws:ResourceAccount"] = owner
            try:
                request = Request(
                    action=need.action,
                    resource=need.resource,
                    principal=principal.arn,
                    context=context.merged(general, of_resource, need.context),
                    resource_account=need.resource_account,
                    source=need.source,
                )
            except ValueError as error:  # a parameter's value that is none of a condition key
                raise wire.stumbled(call, error) from error
            decision = evaluate(request, self._policies_for(call, principal, need))
            world.decisions.append(decision)
            if decision.effect == "allowed":
                if need.fault is not None:
                    raise need.fault
                continue
            error = errors.access_denied(
                call.service,
                call.protocol,
                denial_sentence(decision, principal, call.service, need, world),
            )
            error = denial_of(call.service, error, decision, self._home(principal))
            world.refusal = Refusal(call.api, error, decision)
            if not need.optional:
                raise error
            denied[need.action, need.resource] = decision
        return denied

    def _policies_for(
        self, call: wire.Call, principal: callers.Principal, need: Requirement
    ) -> Policies:
        try:
            return policies_for(principal, need, self.world)
        except PolicyError as error:  # moto kept what AWS would not have taken
            raise errors.simulation_failed(call.service, call.operation, error) from error

    def _perform(self, asked: Asked) -> wire.HttpAnswer:
        """Carry out an allowed call: by the lab's own answer, else by moto's."""
        call = asked.call
        documents.check(call, asked.account.id, self.world.accounts)
        own = answer_to(call.service, call.operation)
        if own is None:
            seam.load_named_policies(call, asked.account.id)
            return asked.forward()
        try:
            with self.world.clock.hold():
                result = own(asked)
        except seam.ServiceException as error:
            return wire.moto_error_answer(call, error)
        except seam.HTTPException as error:  # the other family of moto's errors
            return error.code, dict(error.get_headers()), error.get_body()
        except AwsError:
            raise
        except Exception as error:
            raise wire.stumbled(call, error) from error
        return result if isinstance(result, tuple) else wire.answer(call, result or {})

    def _forward(self, call: wire.Call, account: Account) -> wire.HttpAnswer:
        """moto's answer, or a clear word that there is none."""
        http = call.model.http
        if call.service == "s3" and not s3_subresources.is_known(
            http["method"], http["requestUri"]
        ):
            raise errors.not_simulated(call.service, call.operation)
        request = wire.for_moto(call)
        request.environ[seam.ACCOUNT_ENVIRON] = account.id
        try:
            with self.world.clock.hold():
                http = handlers.answer(request, call.service)
        except NotImplementedError:
            raise errors.not_simulated(call.service, call.operation) from None
        except AwsError:
            raise
        except Exception as error:
            raise wire.stumbled(call, error) from error
        if http is None or wire.is_bare(http):
            raise errors.not_simulated(call.service, call.operation)
        return wire.in_s3_shape(call, http) if call.service == "s3" and http[0] >= 400 else http


def denial_sentence(
    decision: Decision,
    principal: callers.Principal,
    service: str,
    need: Requirement,
    world: World,
) -> str:
    """AWS's sentence of a denial.

    The reason is for callers of the resource's own account, and S3's for those of its whole
    organization; others, and those without an account, learn less.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """
    account = principal.account_id
    if need.sentence is not None:
        return need.sentence.replace("${Account}", account or "")
    spelled = errors.SPELLED.get(service, str)(need.action)
    sentence = decision.message.replace(need.action, spelled)
    reason = decision.reason.replace(need.action, spelled)
    if need.shown is not None:
        shown = f" on resource: {need.shown}" if need.shown else ""
        sentence = sentence.replace(f" on resource: {need.resource}", shown, 1)
    if account is not None and need.resource_account in (None, account):
        return sentence
    if service in ("s3", "s3control"):
        own = world.organization_of(account)
        is_near = own is not None and own is world.organization_of(need.resource_account)
        return sentence if is_near else "Access Denied"
    return sentence.removesuffix(f" {reason}")
