#!/usr/bin/env python3
"""Makes what the tokenizer needs from tiktoken itself, so that both agree to the letter. Run by hand, in a virtual
environment with `pip install tiktoken`, when tiktoken moves to a newer Unicode or a test text is to be added:

    python3 tools/tokenizer_data.py RANKS_FOLDER

RANKS_FOLDER holds cl100k_base.tiktoken and o200k_base.tiktoken (./dev setup fetches them). Writes
src/upstream/unicode_ranges.inc (character classes as tiktoken's regex engine has them) and
tests/data/tokenizer_cases.jsonl (texts of our own with the tokens that tiktoken gives)."""
import base64
import hashlib
import json
import pathlib
import random
import sys

import tiktoken
import tiktoken_ext.openai_public as public

ROOT = pathlib.Path(__file__).resolve().parent.parent
# In the order of the enumeration in unicode_class.h; 0 is everything else.
CLASSES = [r"\s", r"\p{Lu}|\p{Lt}", r"\p{Ll}", r"\p{Lm}|\p{Lo}", r"\p{M}", r"\p{N}"]


def write_classes():
    points = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF)
    one_byte = {bytes([b]): b for b in range(256)}
    classes = [0] * 0x110000
    for number, pattern in enumerate(CLASSES, 1):
        encoding = tiktoken.Encoding(f"class{number}", pat_str=pattern, mergeable_ranks=one_byte, special_tokens={})
        for matched in bytes(encoding.encode_ordinary(points)).decode():
            assert classes[ord(matched)] == 0
            classes[ord(matched)] = number
    starts = [c for c in range(0x110000) if c == 0 or classes[c] != classes[c - 1]]
    items = [f"0x{c << 3 | classes[c]:x}" for c in starts]
    out = ["// Made by tools/tokenizer_data.py. First code points of the ranges of one class: code point << 3 | class."]
    line = ""
    for item in items:
        if len(line) + len(item) + 2 > 118:
            out.append(line)
            line = ""
        line += (" " if line else "") + item + ","
    out.append(line)
    (ROOT / "src/upstream/unicode_ranges.inc").write_text("\n".join(out) + "\n")


def texts():
    """(name, text) pairs, all written for this project."""
    yield from [
        ("empty", ""), ("one", "a"), ("hello", "Hello, world!"), ("space", " "), ("newline", "\n"),
        ("english", "The gateway checks who calls, picks the backend, limits what they spend, and streams the answer "
                    "through untouched. It's what we've wanted; they'll say \"I'd rather not\", but you're sure, aren't you?"),
        ("contractions", "I'm I'M i'll I'LL we've WE'VE they're THEY'RE he'd HE'D can't CAN'T it's IT'S 'sound 'Tis o'clock "
                         "d'accord l'eau 're 've 'x ''s 's's's don''t x'\u017f y'\u017fe 'Ll 'lL 'vE"),
        ("german", "Die Größe der Straße überrascht: Äpfel, Öl und Übermut kosten 1.234,56 €. Donaudampfschifffahrtsgesellschaft!"),
        ("french", "L’été dernier, à Noël, où étiez-vous ? Ça coûte 12 €… « Voilà », dit-elle."),
        ("chinese", "网关检查调用者的身份，选择后端，限制开销，并且原样传输流式回答。你好，世界！12345"),
        ("japanese", "ゲートウェイは呼び出し元を確認し、応答をそのまま流します。カタカナとひらがな、ﾊﾝｶｸ。"),
        ("korean", "게이트웨이는 호출자를 확인하고 응답을 그대로 전달합니다. 안녕하세요!"),
        ("arabic", "البوابة تتحقق من المتصل وتختار الخادم. ١٢٣٤٥ مَرْحَبًا"), ("hebrew", "שלום עולם, זה מִבְחָן"),
        ("hindi", "नमस्ते दुनिया, यह एक परीक्षण है। १२३"), ("thai", "สวัสดีชาวโลก นี่คือการทดสอบ ๑๒๓"),
        ("russian", "Шлюз проверяет, кто вызывает, и передаёт ответ без изменений. ПРИВЕТ Мир"),
        ("greek", "Η πύλη ελέγχει ποιος καλεί. ΑΒΓ αβγ ῼ ǅ"),
        ("emoji", "👋🏽 hello 👨‍👩‍👧‍👦 family 🇩🇪🇫🇷 flags ❤️‍🔥 keycap 1️⃣ 🏳️‍🌈 ☺︎ 😀😀😀"),
        ("math", "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β = ¬(¬α ∨ β), ½ + ⅓ ≈ 0.83, x² ≤ 10⁻³, Ⅳ ① 𝟙"),
        ("combining", "e\u0301 a\u0300\u0301\u0302 Z\u0351\u036b\u0343 \u0301 \u0301\u0301 !\u0301 A\u0301B\u0301 \u0301A \u0301a AA\u0301"),
        ("titlecase", "ǅǅ ǅa aǅ Aǅb ʰʰ Aʰ ʰA aʰ Aʰa AʰA ªº Mªm 𝔘𝔫 ΣΑΣ ᾼ"),
        ("camel", "XMLHttpRequest getElementById HTTPServerURL iPhone snake_case kConstant PascalCASE aB Ab AB ABc aBCd あA Aあ AあB ABあCD"),
        ("digits", "1 12 123 1234 12345 123456 1234567 3.14159 1,000,000 0x1F 2026-11-23T18:20:18Z +49 30 1234567 ١٢٣٤ 12a34b"),
        ("code-c", "#include <stdio.h>\n\nint main(void) {\n\tfor (int i = 0; i < 10; ++i) {\n\t\tprintf(\"%d\\n\", i);\n\t}\n\treturn 0;\n}\n"),
        ("code-py", "def f(x):\n    if x > 0:\n        return x ** 2  # square\n\n    else:\n        return None\n\n\nclass A: pass\n"),
        ("json", json.dumps({"messages": [{"role": "user", "content": "Say \"hi\"\n"}], "n": 1, "t": 0.5, "e": "ü"}, indent=2)),
        ("xml", "<policies>\n  <inbound>\n    <base />\n    <set-header name=\"x\" exists-action=\"override\">"
                "<value>@(context.RequestId)</value></set-header>\n  </inbound>\n</policies>\n"),
        ("url", "https://example.com/a/b//c?d=e&f=%20#g ftp://x/y/ //// a/b ./ ../ /\n/\r\n//\n\n/x"),
        ("special", "<|endoftext|> <|im_start|>user<|im_sep|>hi<|im_end|> <|fim_prefix|><|endofprompt|>"),
        ("punct", "!!! ??? ... --- ===== ***** (((()))) [[[]]] {{}} <<<>>> ;;; ::: ,,, \"\"\" ''' ``` ~~~ @@@ ### $$$ %%% ^^^ &&& ___ |||"),
        ("punct-newline", "a!\nb.\r\nc,\n\n\nd;\r\r\n\ne -\n- f\n/g/\n/\nh !/\n/ !//\r\n/ i"),
        ("spaces", "a b  c   d    e     f      g       h        i         j          k"),
        ("trailing-spaces", "word   "), ("leading-spaces", "   word"), ("only-spaces", " " * 50), ("tabs", "\t\ta\t b \t c\t\t\n\t\td"),
        ("newlines", "a\nb\n\nc\n\n\nd\r\ne\r\n\r\nf\rg\r\rh\n \ni\n  \n  j  \n\n  \n   k \r \n l"),
        ("space-newline-end", "x \n \n  "), ("newline-spaces-end", "x\n\n   "), ("crlf-only", "\r\n\r\n\r\n"), ("mixed-ws", " \t \n \t\r\n \u00a0\u3000\u2003x\u2003 \u0085y\u2028\u2029z\u000b\u000c q\u202f \u205f"),
        ("nbsp", "a\u00a0b \u00a0c\u00a0 d\u3000\u3000e"), ("zero-width", "a\u200bb\u200cc\u200dd\ufeffe\u2060f \u200b\u200b"),
        ("controls", "".join(chr(c) for c in range(32)) + "\x7f" + "a\x00b\x01 \x02\n\x1b[31mred\x1b[0m"),
        ("private", "\ue000\uf8ff\U000f0000 \uffff\ufffe \ufffd\ufffd"), ("rare", "\U00010400\U00010428 𐌀𐌁 𓀀 𝒜𝒷 🜁 ꙮ ﷽ \u0378 \U0001e900\U0001e922 ꜰ Ꟃꟃ \u1c89\u1c8a \U00010d50"),
        ("a-100", "a" * 100), ("a-4096", "a" * 4096), ("A-1000", "A" * 1000), ("ab-2000", "ab" * 1000), ("zero-1000", "0" * 1000),
        ("dash-1000", "-" * 1000), ("emoji-200", "😀" * 200), ("han-500", "好" * 500), ("mark-300", "\u0301" * 300),
        ("space-1000-x", " " * 1000 + "x"), ("newline-500", "\n" * 500), ("tab-200-x", "\t" * 200 + "x"), ("space-newline", " \n" * 200),
        ("base64", base64.b64encode(hashlib.sha512(b"sluice").digest() * 8).decode()),
        ("hex", hashlib.sha512(b"gateway").hexdigest() * 4),
        ("long-word", "pneumonoultramicroscopicsilicovolcanoconiosis" * 12), ("upper-lower", "Aa" * 400), ("letter-mark", "x\u0301" * 200),
        ("quote-s", "'s" * 200), ("quotes", "'" * 300), ("space-quote", " '" * 100), ("slashes", "/" * 300), ("bang-slash", "!/" * 100),
    ]
    # Mixtures that hit every border between two kinds of characters.
    alphabet = list("aAbBzZ019 \n\r\t'/!.,-_sStTlLvVeErRdDmM") + ["ß", "é", "É", "ǅ", "ʰ", "好", "の", "\u0301", "\u0903", "١", "½",
                    "😀", "\u200d", "\u00a0", "\u3000", "\u2028", "€", "ſ", "\x00", "\u017f", "K"]
    generator = random.Random(20261123)
    for number in range(120):
        size = generator.choice([3, 8, 20, 60, 200])
        yield f"random-{number}", "".join(generator.choice(alphabet) for _ in range(size))
    for number in range(40):
        runs = "".join(generator.choice(alphabet) * generator.randint(1, 9) for _ in range(12))
        yield f"runs-{number}", runs


def write_cases(folder):
    # tiktoken would fetch the ranks from the network.
    public.load_tiktoken_bpe = lambda url, **_: {
        base64.b64decode(token): int(rank)
        for token, rank in (line.split() for line in (folder / url.rsplit("/", 1)[1]).read_bytes().splitlines() if line)}
    encodings = {name: tiktoken.Encoding(**getattr(public, name)()) for name in ("cl100k_base", "o200k_base")}
    lines = []
    for name, text in texts():
        case = {"name": name, "text": text}
        for encoding_name, encoding in encodings.items():
            case[encoding_name] = encoding.encode_ordinary(text)
        lines.append(json.dumps(case, separators=(",", ":")))
    target = ROOT / "tests/data/tokenizer_cases.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_classes()
    write_cases(pathlib.Path(sys.argv[1]))
