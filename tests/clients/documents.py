"""Takes the snippets out of the vendors' documents, mends what the documents cut off, and fills in where to and who.

Nothing else of a snippet changes. The documents are other people's texts and are not part of this repository, so
nothing of them is written here but the short marks by which a snippet is found. Whatever is looked for must be there
exactly once: a document that has changed fails here, loudly, instead of being run in another form.
"""

import re
import shlex


class Changed(Exception):
    """The document does not hold what is looked for."""


def only(pattern, text, what):
    """The one place where the pattern matches."""
    found = list(re.finditer(pattern, text, re.MULTILINE))
    if len(found) != 1:
        raise Changed(f"the document has changed: {what} found {len(found)} times instead of once")
    return found[0]


def put(pattern, new, text, what):
    """The text with the one place of the pattern replaced, literally."""
    place = only(pattern, text, what)
    return text[: place.start()] + new + text[place.end() :]


# --- finding ---------------------------------------------------------------------------------------------------------


def curl_command(text):
    """The document's one curl command: from `curl -` to where the shell would run it."""
    lines = text[only(r"^curl -", text, "a line that begins a curl command").start() :].split("\n")
    for count in range(1, len(lines) + 1):
        command = "\n".join(lines[:count])
        if command.endswith("\\"):
            continue
        try:
            shlex.split(command)
        except ValueError:  # a quotation is still open
            continue
        return command
    raise Changed("the document has changed: its curl command does not end")


def samples(text):
    """Point One's four samples, which follow one another without a line between them."""
    listed = only(r"^- cURL\n- JavaScript\n- Python\n- Go\n", text, "the list of the four languages")
    rest = text[listed.end() :]
    starts = [
        only(r"\Acurl -", rest, "the beginning of the cURL sample").start(),
        only(r"^const mutation\b", rest, "the beginning of the JavaScript sample").start(),
        only(r"^import requests$", rest, "the beginning of the Python sample").start(),
        only(r"^package main$", rest, "the beginning of the Go sample").start(),
    ]
    if starts != sorted(starts):
        raise Changed("the document has changed: its samples stand in another order")
    ends = starts[1:] + [len(rest)]
    texts = [rest[start:end].rstrip("\n") + "\n" for start, end in zip(starts, ends)]
    return dict(zip(("cURL", "JavaScript", "Python", "Go"), texts))


def red_flag_python(text):
    """From its first import to the line that takes the access token."""
    start = only(r"^import requests$", text, "the beginning of the Python form").start()
    end = only(r"^access_token = .*$", text, "the line that takes the access token").end()
    return text[start:end] + "\n"


# --- mending: each of these is a damage that the contract names ------------------------------------------------------


def unglue_curl(text):
    """Sonar, older: the command is glued to the end of the sentence before it."""
    glue = only(r"(?<=[a-z])(?=curl -)", text, "a sentence with a curl command glued to it")
    return text[: glue.start()] + "\n" + text[glue.start() :]


def give_curl_its_url(command, url):
    """Red Flag Alert: the command has empty quotes where its URL was."""
    return put(r"^''(?= \\$)", f"'{url}'", command, "the empty URL of the curl form")


def close_headers(code):
    """Red Flag Alert's Python: the closing brace of the headers is missing."""
    last = only(r"(?<=')\n(?=a =)", code, "headers that run into the call")
    return code[: last.start()] + "\n}\n" + code[last.end() :]


def open_call(code):
    """Red Flag Alert's Python: the opening of the call is missing; its arguments and its closing are there."""
    only(r"^headers=.*\)$", code, "the rest of a call that was not opened")
    return put(r"^a =(?='')", "a =requests.post(", code, "an assignment of an empty text")


def give_python_its_url(code, url):
    """Red Flag Alert's Python: the URL is empty here too."""
    return put(r"(?<=\()''(?=,$)", f"'{url}'", code, "the empty URL of the Python form")


def complete_sign_in(text):
    """Red Flag Alert: the first document ends after the password; the curl form has the same document to its end."""
    start = only(r"^mutation signIn \{$", text, "the signIn document").start()
    cut = text[start:].split("\n\n", 1)[0]
    only(r'password: "yyyy"\Z', cut, "a signIn document that is cut off after the password")
    rest = only(r'password: \\"yyyy\\"([^"\\]+)"', curl_command(text), "the same document in the curl form").group(1)
    return cut + rest


def complete_refresh(text):
    """Red Flag Alert: only the first line is left; the sentence after it names argument, placeholder and answer."""
    first = only(r"^mutation (signInRefresh) \{$", text, "the signInRefresh document")
    prose = text[first.end() :]
    only(r"\A\n\n[A-Z]", prose, "prose right after the document's first line")
    argument = only(r'"(zzzz)" is the (\w+) ', prose, "the words about the placeholder")
    answer = only(r" a new (\w+) ", prose, "the word for what comes back").group(1)
    return f'{first.group(0)}\n{first.group(1)}({argument.group(2)}: "{argument.group(1)}") {{{answer}}}}}'


# --- filling in: host, token, user name and password -----------------------------------------------------------------


def at(url, code):
    """The vendor's host becomes ours; the path stays."""
    return put(r"https://[a-z.]+(?=/)", url, code, "the vendor's host")


def with_token(token, code):
    return put(r"(?<=Bearer )(<token>|YOUR_TOKEN)(?=['\"])", token, code, "the placeholder of the token")


def as_user(username, password, code):
    named = put(r'(?<=")xxxx(?=\\?")', username, code, "the placeholder of the user name")
    return put(r'(?<=")yyyy(?=\\?")', password, named, "the placeholder of the password")


def with_refresh_token(token, document):
    return put(r'(?<=")zzzz(?=")', token, document, "the placeholder of the refresh token")
