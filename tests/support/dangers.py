"""What an HTML page would run, or load from elsewhere: what a safe page has none of."""

import re
from collections import Counter
from html.parser import HTMLParser

# Elements that run, load or send something by themselves, or change what the rest of the page means.
_TAGS = (
    "applet audio base button embed foreignobject form frame frameset iframe image input link marquee meta noscript "
    "object picture portal script select source style svg template textarea track video"
)
_ADDRESSES = (
    "action archive background cite classid code codebase data dynsrc formaction href longdesc lowsrc manifest ping "
    "poster profile src srcdoc srcset usemap xlink:href"
)
TAGS, ADDRESSES = set(_TAGS.split()), set(_ADDRESSES.split())
OWN = re.compile(r"#[\w-]*|data:image/(png|jpeg);base64,[A-Za-z0-9+/=]*")
STYLE = re.compile(r"url\s*\(|@import|image-set|expression|javascript:|-moz-binding|\\", re.IGNORECASE)


class _Dangers(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        equiv = dict(attributes).get("http-equiv") or ""
        if tag in TAGS and (tag != "meta" or equiv.lower() == "refresh"):
            self.found.append(f"<{tag}>")
        for name, value in attributes:
            if name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            elif name in ADDRESSES and not OWN.fullmatch(value or ""):
                self.found.append(f"<{tag} {name}={value}>")
            elif name == "style" and STYLE.search(value or ""):
                self.found.append(f"<{tag} style={value}>")
            elif name in ("id", "name", "class") and "planted" in (value or ""):
                self.found.append(f"<{tag} {name}={value}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "style" and STYLE.search(data):
            self.found.append("a style sheet that loads something")


def dangers(page: str) -> list[str]:
    """Everything in ``page`` that would run, load or send something, as its tag and attribute.

    An address is fine if it is within the page or is a PNG's or a JPEG's own data.
    """
    parser = _Dangers()
    parser.feed(page)
    parser.close()
    return parser.found


def added(page: str, stock: str) -> list[str]:
    """What of it ``page`` has, and ``stock``, the same page without anything in it, has not."""
    return sorted((Counter(dangers(page)) - Counter(dangers(stock))).elements())
