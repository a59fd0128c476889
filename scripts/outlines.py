#!/usr/bin/python3
"""Makes the letters of figures that become PNG files: python3 scripts/outlines.py

Needs fontTools and the DejaVu fonts (Debian: python3-fonttools, fonts-dejavu-core). Writes src/report/draw/font.gen.ts: of each letter its advance and
its outline as an SVG path, in units of which an em has 500, y downwards from the base line. DejaVu (https://dejavu-fonts.github.io) may be used and changed freely.
"""

import json
import os

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
EM = 500
LETTERS = [chr(code) for code in [*range(32, 127), *range(161, 256), *range(0x391, 0x3CA)]]
LETTERS += list("–—‘’“”„…−≤≥≈≠→←↑↓∞√∑∂⁰⁴⁵⁶⁷⁸⁹⁻✓✗‰€ŁłŒœŠšŽžŐőŰűČčĆćĐđĚěĞğİıŃńŘřŞşŮůŻż")
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "report", "draw", "font.gen.ts")

font = TTFont(FONT)
names, glyphs = font.getBestCmap(), font.getGlyphSet()
scale = EM / font["head"].unitsPerEm
entries = []
for letter in LETTERS:
    if ord(letter) not in names:
        continue
    glyph = glyphs[names[ord(letter)]]
    pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
    glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, 0, 0)))
    entries.append((json.dumps(letter, ensure_ascii=False), round(glyph.width * scale), json.dumps(pen.getCommands())))

with open(TARGET, "w") as out:
    out.write("/** Made by scripts/outlines.py from DejaVu Sans. */\n\n")
    out.write(f"/** Units of an em. */\nexport const EM = {EM};\n\n")
    out.write("/** How far the pen moves after a letter. */\nexport const ADVANCES: Readonly<Record<string, number>> = {\n")
    out.write("".join(f"  {letter}: {advance},\n" for letter, advance, _ in entries) + "};\n\n")
    out.write("/** A letter's outline as an SVG path, y downwards from the base line. */\nexport const OUTLINES: Readonly<Record<string, string>> = {\n")
    out.write("".join(f"  {letter}: {path},\n" for letter, _, path in entries) + "};\n")
print(f"{TARGET}: {len(entries)} letters, {os.path.getsize(TARGET)} bytes")
