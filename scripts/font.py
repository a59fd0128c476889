#!/usr/bin/python3
"""Makes the letters that pictures carry: python3 scripts/font.py

Needs Pillow and the DejaVu fonts (Debian: python3-pil, fonts-dejavu-core). Writes src/cli/drawing/font.gen.ts: of each style the glyphs in use,
as coverage in 16 levels, two pixels a byte. DejaVu (https://dejavu-fonts.github.io) may be used and changed freely.
"""

import base64
import os

from PIL import Image, ImageDraw, ImageFont

STYLES = {"regular": ("DejaVuSans.ttf", 14), "bold": ("DejaVuSans-Bold.ttf", 15), "small": ("DejaVuSans.ttf", 12)}
LETTERS = [chr(code) for code in range(32, 127)] + list("·×–—…°±äöüÄÖÜßéèêçñ")
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "cli", "font.gen.ts")


def style(file, size):
    font = ImageFont.truetype(file, size)
    ascent, descent = font.getmetrics()
    glyphs, data = [], bytearray()
    for letter in LETTERS:
        left, top, right, bottom = font.getbbox(letter)
        width, height = max(0, right - left), max(0, bottom - top)
        image = Image.new("L", (width, height))
        if width and height:
            ImageDraw.Draw(image).text((-left, -top), letter, font=font, fill=255)
        levels = [round(value / 17) for value in image.getdata()]
        levels += [0] * (len(levels) % 2)
        glyphs.append([letter, round(font.getlength(letter) * 64) / 64, left, top, width, height, len(data)])
        data += bytes(a << 4 | b for a, b in zip(levels[::2], levels[1::2]))
    return ascent, descent, glyphs, base64.b64encode(bytes(data)).decode()


with open(TARGET, "w") as out:
    out.write("/** Made by scripts/font.py from the DejaVu fonts. */\n\n")
    out.write("/** Letter, advance, left and top of its box from the pen and the line's top, width, height, first byte. */\n")
    out.write("export type Glyph = readonly [string, number, number, number, number, number, number];\n\n")
    out.write("export interface FontData {\n  readonly ascent: number;\n  readonly descent: number;\n  readonly glyphs: readonly Glyph[];\n")
    out.write("  /** Base64 of coverage in 16 levels, two pixels a byte. */\n  readonly data: string;\n}\n\n")
    out.write("export const FONTS = {\n")
    for name, (file, size) in STYLES.items():
        ascent, descent, glyphs, data = style(file, size)
        text = ", ".join("[" + ", ".join('"\\""' if g == '"' else '"\\\\"' if g == "\\" else f'"{g}"' if isinstance(g, str) else f"{g:g}" for g in glyph) + "]" for glyph in glyphs)
        out.write(f"  {name}: {{\n    ascent: {ascent},\n    descent: {descent},\n    glyphs: [{text}],\n    data: \"{data}\",\n  }},\n")
    out.write("} as const satisfies Record<string, FontData>;\n")
print(f"{TARGET}: {os.path.getsize(TARGET)} bytes")
