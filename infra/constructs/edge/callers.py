"""The callers of the API that have a token: a Cognito user pool, what a token may be for, who may do what, and the clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from conclave.api.callers import Group
from constructs import Construct

from infra.stage import Stage

WRITE_INCIDENTS = "incidents.write"
READ_RUNS = "runs.read"
READ_AUDITS = "audits.read"
READ_TEXTS = "texts.read"
CONSENT_TO_CALLS = "calls.consent"
ERASE_TEXTS = "texts.erase"
ACT_ON_DECISIONS = "decisions.act"
GIVE_FEEDBACK = "feedback.give"
ASK_ABOUT_RUNS = "runs.ask"
FORK_RUNS = "runs.fork"
SCOPES: Mapping[str, str] = {
    WRITE_INCIDENTS: "Report incidents",
    READ_RUNS: "Read runs and their decisions",
    READ_AUDITS: "Read audits",
    READ_TEXTS: "Read what was asked of models and what they answered",
    CONSENT_TO_CALLS: "Consent to a dangerous call",
    ERASE_TEXTS: "Erase the texts of a run",
    ACT_ON_DECISIONS: "Approve, refuse or override a decision",
    GIVE_FEEDBACK: "Say what came of a decision",
    ASK_ABOUT_RUNS: "Ask about runs",
    FORK_RUNS: "Fork runs",
}
OF_PEOPLE = frozenset(
    {READ_TEXTS, CONSENT_TO_CALLS, ERASE_TEXTS, ACT_ON_DECISIONS, GIVE_FEEDBACK, ASK_ABOUT_RUNS, FORK_RUNS}
)
"""Scopes that no program gets: prompts and answers hold what strangers wrote; what a person does stands in the audit by name."""
GROUPS: Mapping[Group, str] = {
    Group.REPORTERS: "Report incidents",
    Group.CONSENTERS: "Consent to dangerous calls",
    Group.ERASERS: "Read and erase the texts of runs",
    Group.FORKERS: "Fork runs",
}
"""The acts of the members of each group, besides reading runs and audits. The functions hold it; a scope alone is not enough."""
SIGNED_IN = tuple(f"http://localhost:{port}/" for port in range(8976, 8996))
"""The addresses to one of which a person's browser brings the code that is exchanged for a token (RFC 8252, section 7.3).

Any port of the loopback interface would be right; Cognito compares addresses whole, and takes ``http`` for ``localhost`` only
(API reference, ``CreateUserPoolClient``, ``CallbackURLs``). So the command draws one of these.
"""


class Callers(Construct):
    """The user pool (ours, or one that exists), the scopes, a client for programs and one for people, and groups of people.

    Programs get a token for the client's id and secret (OAuth client credentials), people by signing in (authorisation code with
    PKCE). What only people may do has scopes that the client of programs does not get. Nobody can sign up; whoever is invited
    into our own pool needs a second factor. What a person may do follows from the groups that the person is in; nobody is in one
    at first. In a pool that exists the groups are made as well: their names begin with ours.

    Attributes:
        own: Whether the pool is ours.
        pool: The user pool.
        client: The client for programs.
        people: The client through which people sign in.
        token_url: Where tokens are asked for; empty for a pool that is not ours.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, stage: Stage, approvers: Sequence[str] = ()) -> None:
        """Makes them.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name, and what the names of the scopes begin with.
            stage: Says which pool, and whether it is kept.
            approvers: Groups of people who act on decisions, as the pack names them.
        """
        super().__init__(scope, id)
        self._name = name
        self.token_url = ""
        self.own = not stage.user_pool_arn
        self.pool = (
            cognito.UserPool.from_user_pool_arn(self, "Pool", stage.user_pool_arn)
            if stage.user_pool_arn
            else self._own_pool(stage)
        )
        for group, meaning in GROUPS.items():
            cognito.CfnUserPoolGroup(
                self,
                group.title(),
                user_pool_id=self.pool.user_pool_id,
                group_name=f"{name}-{group}",
                description=meaning,
            )
        for word in approvers:
            cognito.CfnUserPoolGroup(
                self,
                f"Approvers{word.title().replace('_', '')}",
                user_pool_id=self.pool.user_pool_id,
                group_name=f"{name}-{word}",
                description="Act on decisions that the rules of the pack name it for",
            )
        scopes = {
            each: cognito.ResourceServerScope(scope_name=each, scope_description=meaning)
            for each, meaning in SCOPES.items()
        }
        server = self.pool.add_resource_server("Server", identifier=name, scopes=list(scopes.values()))
        asked = {word: cognito.OAuthScope.resource_server(server, each) for word, each in scopes.items()}
        self.client = self._client(
            "Programs",
            secret=True,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True),
                scopes=[each for word, each in asked.items() if word not in OF_PEOPLE],
            ),
        )
        self.people = self._client(
            "People",
            secret=False,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                callback_urls=[*SIGNED_IN],
                scopes=list(asked.values()),
            ),
        )

    def _client(self, id: str, *, secret: bool, o_auth: cognito.OAuthSettings) -> cognito.UserPoolClient:
        return self.pool.add_client(
            id,
            user_pool_client_name=f"{self._name}-{id.lower()}",
            generate_secret=secret,
            auth_flows=cognito.AuthFlow(),
            disable_o_auth=False,
            o_auth=o_auth,
            access_token_validity=Duration.hours(1),
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What callers have to know, by the names of the outputs that tell it."""
        return {
            "UserPoolId": self.pool.user_pool_id,
            "ProgramsClientId": self.client.user_pool_client_id,
            "PeopleClientId": self.people.user_pool_client_id,
            "PeopleRedirects": " ".join(SIGNED_IN),
            "PeopleScopes": " ".join(self.scope(each) for each in SCOPES),
            "TokenUrl": self.token_url,
        }

    def scope(self, name: str) -> str:
        """A scope as tokens carry it."""
        return f"{self._name}/{name}"

    def _own_pool(self, stage: Stage) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=self._name,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            account_recovery=cognito.AccountRecovery.NONE,
            password_policy=cognito.PasswordPolicy(
                min_length=14,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(1),
            ),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            feature_plan=cognito.FeaturePlan.PLUS,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
            deletion_protection=stage.retain,
            removal_policy=RemovalPolicy.RETAIN if stage.retain else RemovalPolicy.DESTROY,
        )
        # Prefixes are unique in a region over all accounts.
        prefix = f"{self._name.replace('_', '-')}-{Aws.ACCOUNT_ID}"
        domain = pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        self.token_url = f"{domain.base_url()}/oauth2/token"
        return pool
