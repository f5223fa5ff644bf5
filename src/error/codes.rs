//! The codes and reasons that programs read, each with what it means and what to do: one table of each. The server
//! answers from it, `doorward explain` prints it, and docs/http.md is held to it.

macro_rules! table {
    ($(#[$about:meta])* $name:ident { $($variant:ident $text:literal $means:literal $to_do:literal)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $means] $variant,)*
        }

        impl $name {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As programs see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// What it means.
            #[must_use]
            pub const fn means(self) -> &'static str {
                match self { $(Self::$variant => $means),* }
            }

            /// What whoever sees it can do.
            #[must_use]
            pub const fn to_do(self) -> &'static str {
                match self { $(Self::$variant => $to_do),* }
            }
        }
    };
}

table! {
    /// The codes that clients read in `errors[].extensions.code` and in the command line's `error.code`.
    Code {
        Unauthenticated "UNAUTHENTICATED"
            "No credential that holds; `reason` says why."
            "Go by the `reason`."
        Forbidden "FORBIDDEN"
            "Nothing ran. `missing` lists the permissions that are not held, or `reason` says what else it takes."
            "Ask for the grants in `missing`, or leave these fields out."
        InvalidCredentials "INVALID_CREDENTIALS"
            "`signIn`: the user name or the password is wrong, or the user is disabled. Which, is not said. `proveSession`, `changePassword`: the password is wrong."
            "Try again; ask whoever runs the server to set the password anew."
        BadUserInput "BAD_USER_INPUT"
            "An argument is not allowed. `field` names it, the message says what is allowed."
            "Change it."
        ParseFailed "GRAPHQL_PARSE_FAILED"
            "The document is not GraphQL."
            "`locations` says where."
        ValidationFailed "GRAPHQL_VALIDATION_FAILED"
            "The document does not fit the schema, or its variables do not; or it has several operations and `operationName` names none of them."
            "`locations` says where. At most 20 errors are listed."
        BadRequest "BAD_REQUEST"
            "Not a GraphQL request: no JSON, a batch, a key that stands twice, not UTF-8, a token in the URL, two sign-ins in one operation, a hash in place of a document, a subscription."
            "The message says which."
        LimitExceeded "LIMIT_EXCEEDED"
            "A limit was passed; the message names its key. Or, with status 200 and under `data`: one operation asked for more records, or more of each, than one may."
            "Ask for less at once, or raise the limit."
        MethodNotAllowed "METHOD_NOT_ALLOWED"
            "Neither GET nor POST, or a mutation by GET."
            "Send it by POST."
        UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE"
            "The body is not `application/json` in UTF-8."
            "Set `Content-Type: application/json`."
        TooManyRequests "TOO_MANY_REQUESTS"
            "There were too many wrong passwords, or too many sign-ins wait for theirs to be checked."
            "Wait as long as `retry-after` says."
        Unavailable "UNAVAILABLE"
            "The database does not answer, so that it cannot be known whether the credential still holds; its disk is full or fails, or is read-only; the server is stopping; too many requests are under way; or what let the request in ended before it could be sent on to the API."
            "Try again in a moment."
        UpstreamUnavailable "UPSTREAM_UNAVAILABLE"
            "The API behind cannot be reached, or broke the connection. With 200, as the first error, where Doorward's own half was answered; so the next three."
            "Try again in a moment. Of a mutation it is not known whether it ran."
        UpstreamTimeout "UPSTREAM_TIMEOUT"
            "The API behind did not answer in time."
            "Try again in a moment. Of a mutation it is not known whether it ran."
        UpstreamInvalid "UPSTREAM_INVALID"
            "What the API behind answered is not GraphQL."
            "Ask whoever runs the server: its log says what it was."
        UpstreamUnauthorized "UPSTREAM_UNAUTHORIZED"
            "The API behind refuses the credential that Doorward presents. Your own is not at fault."
            "Ask whoever runs the server."
        Internal "INTERNAL"
            "A fault of Doorward's. `request_id` is the number under which the log has the cause."
            "Report it, with that part of the log."
        NotFound "NOT_FOUND"
            "The command line alone: there is nothing of that name or number."
            "The message says how to see what there is."
    }
}

table! {
    /// The finer codes of `UNAUTHENTICATED` and `FORBIDDEN`, in `errors[].extensions.reason`.
    Reason {
        TokenMissing "TOKEN_MISSING"
            "There was no bearer token: no header, another scheme, or `Authorisation` spelt with an s."
            "Send `Authorization: Bearer TOKEN`."
        TokenUnknown "TOKEN_UNKNOWN"
            "Not a token of this server: mistyped, cut off, of another server, or a refresh token."
            "Look at the whole of it again."
        TokenExpired "TOKEN_EXPIRED"
            "Its time is over."
            "Make a new one; for a session, `signInRefresh` or `signIn`."
        TokenRevoked "TOKEN_REVOKED"
            "It was revoked, or its session was ended."
            "Ask whoever revoked it, then make a new one or sign in."
        UserDisabled "USER_DISABLED"
            "Its user is disabled."
            "Ask whoever runs the server."
        DocumentNotAllowed "DOCUMENT_NOT_ALLOWED"
            "The token is held to documents, and this is none of them."
            "Send one of them, word for word; or have the document added."
        AddressNotAllowed "ADDRESS_NOT_ALLOWED"
            "The token's `ip_ranges` do not hold the address that the request came from. Always status 403, whatever was asked."
            "Use it from where it belongs; or have the range added. The message says which address the server saw."
        SessionRequired "SESSION_REQUIRED"
            "`FORBIDDEN`: this takes a session, not a token."
            "Sign in."
        ProofRequired "PROOF_REQUIRED"
            "`FORBIDDEN`: this takes a session that was proved in the last 10 minutes."
            "`proveSession`"
        SuperAdminRequired "SUPER_ADMIN_REQUIRED"
            "`FORBIDDEN`: only a super administrator may, and not by a narrowed token."
            "Ask one."
    }
}

table! {
    /// What takes away what a token's user holds, in `taken_away` of `doorward can --json`.
    Taken {
        ReadOnly "READ_ONLY"
            "The user holds it, but the token is read-only: it runs no mutation."
            "Make a token with `--access read-write`, where it is meant to change something."
        Narrowed "NARROWED"
            "The user holds it, but the token, or one that it descends from, is narrowed to less."
            "Make another token with the permission in its list: one that is there is never widened."
        NotConfirmed "NOT_CONFIRMED"
            "The user holds it as a super administrator, which they became after somebody last stood by the token."
            "Let the user confirm the token (`confirmPersonalAccessToken`)."
    }
}
