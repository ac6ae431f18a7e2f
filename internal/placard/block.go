package placard

import (
	"image"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const (
	titleLines  = 2
	detailLines = 3

	// From this size a detail can be read.
	detailWidth, detailHeight = 240, 120

	minLetter, maxLetter = 12, 40

	ellipsis    = "…"
	replacement = '□'
)

// block is a text laid out in the middle of a picture.
type block struct {
	bounds image.Rectangle // of the picture
	width  int             // pixels that a line may have
	letter int             // height of the title's letters in pixels

	title, detail *setting
	glyph         Glyph
	glyphSide     int
}

// setting is lines in one type.
type setting struct {
	face   font.Face
	height int // of a line
	lines  []string
	ink    ink
}

// newBlock lays t out. What does not fit goes: first the glyph, then the
// detail, then lines of the title.
func newBlock(bounds image.Rectangle, t Text) *block {
	w, h := bounds.Dx(), bounds.Dy()
	letter := min(max(h*52/1000, minLetter), maxLetter)
	b := &block{bounds: bounds, width: max(w-2*max(w/16, 4), 1), letter: letter}
	b.title = newSetting(gomedium.TTF, float64(letter), inkTitle)
	b.title.set(t.Title, b.width, titleLines)
	b.detail = newSetting(goregular.TTF, max(float64(letter)*0.8, 11), inkDetail)
	if w >= detailWidth && h >= detailHeight {
		b.detail.set(t.Detail, b.width, detailLines)
	}
	if t.Glyph != None {
		b.glyph, b.glyphSide = t.Glyph, letter*17/10
	}
	room := h - letter/2
	if b.height() > room {
		b.glyph, b.glyphSide = None, 0
	}
	if b.height() > room {
		b.detail.lines = nil
	}
	if b.height() > room && len(b.title.lines) > 1 {
		b.title.set(t.Title, b.width, 1)
	}
	return b
}

// gap is the space between glyph, title and detail.
func (b *block) gap() int { return max(b.letter/3, 2) }

// height returns the height of everything.
func (b *block) height() int {
	sum := len(b.title.lines)*b.title.height + len(b.detail.lines)*b.detail.height
	if b.glyphSide > 0 {
		sum += b.glyphSide + b.gap()
	}
	if len(b.detail.lines) > 0 && len(b.title.lines) > 0 {
		sum += b.gap()
	}
	return sum
}

// draw shades the ground and writes.
func (b *block) draw(dst *image.YCbCr) {
	defer b.title.close()
	defer b.detail.close()
	if b.height() == 0 {
		return
	}
	middle := b.bounds.Min.X + b.bounds.Dx()/2
	y := b.bounds.Min.Y + (b.bounds.Dy()-b.height())/2
	half := max(b.title.widest(), b.detail.widest(), b.glyphSide)/2 + b.letter
	shade(dst, image.Rect(middle-half, y-b.letter, middle+half, y+b.height()+b.letter), b.letter)
	if b.glyphSide > 0 {
		paint(dst, b.glyph.mask(image.Pt(middle-b.glyphSide/2, y), b.glyphSide), b.glyph.ink())
		y += b.glyphSide + b.gap()
	}
	y = b.title.draw(dst, middle, y)
	if len(b.title.lines) > 0 {
		y += b.gap()
	}
	b.detail.draw(dst, middle, y)
}

// newSetting opens one of the built-in fonts in a size in pixels.
func newSetting(ttf []byte, size float64, c ink) *setting {
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		panic("placard: parse built-in font: " + err.Error())
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic("placard: open built-in font: " + err.Error())
	}
	return &setting{face: face, height: int(size*1.4 + 0.5), ink: c}
}

// close gives the face back; it has no resources that could fail to go.
func (s *setting) close() { _ = s.face.Close() }

// set breaks text into at most so many lines of at most width pixels.
func (s *setting) set(text string, width, most int) {
	words := strings.Fields(s.known(text))
	s.lines = nil
	for len(words) > 0 {
		if len(s.lines) == most-1 {
			s.lines = append(s.lines, s.shorten(strings.Join(words, " "), width))
			return
		}
		n := 1
		for n < len(words) && s.measure(strings.Join(words[:n+1], " ")) <= width {
			n++
		}
		line := strings.Join(words[:n], " ")
		if n == 1 && s.measure(line) > width {
			head := s.head(line, width)
			s.lines = append(s.lines, head)
			words[0] = line[len(head):]
			continue
		}
		s.lines = append(s.lines, line)
		words = words[n:]
	}
}

// known replaces what the font can't show.
func (s *setting) known(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7F:
			return -1
		}
		if _, ok := s.face.GlyphAdvance(r); !ok || r == '\uFFFD' {
			return replacement
		}
		return r
	}, text)
}

// shorten cuts text so that it has at most width pixels, and says so.
func (s *setting) shorten(text string, width int) string {
	if s.measure(text) <= width {
		return text
	}
	head := s.head(text, width-s.measure(ellipsis))
	return strings.TrimRight(head, " ") + ellipsis
}

// head returns as many letters of text as have at most width pixels, but one.
func (s *setting) head(text string, width int) string {
	var advance fixed.Int26_6
	for i, r := range text {
		step, _ := s.face.GlyphAdvance(r)
		if advance += step; i > 0 && advance.Ceil() > width {
			return text[:i]
		}
	}
	return text
}

func (s *setting) measure(text string) int { return font.MeasureString(s.face, text).Ceil() }

// widest returns the width of the longest line.
func (s *setting) widest() (width int) {
	for _, line := range s.lines {
		width = max(width, s.measure(line))
	}
	return width
}

// draw writes the lines from y down, each centred on middle, and returns where
// they end.
func (s *setting) draw(dst *image.YCbCr, middle, y int) int {
	metrics := s.face.Metrics()
	rise := (s.height + metrics.Ascent.Ceil() - metrics.Descent.Ceil()) / 2
	for _, line := range s.lines {
		s.write(dst, line, middle-s.measure(line)/2, y+rise)
		y += s.height
	}
	return y
}

// write draws one line with its base line at y. The letters are gathered in one
// mask first: those of a pair may share a pixel.
func (s *setting) write(dst *image.YCbCr, line string, x, y int) {
	area := image.Rect(x-s.height, y-2*s.height, x+s.measure(line)+s.height, y+s.height).Intersect(dst.Rect)
	mask := image.NewAlpha(area)
	dot := fixed.P(x, y)
	previous := rune(-1)
	for _, r := range line {
		if previous >= 0 {
			dot.X += s.face.Kern(previous, r)
		}
		where, letter, from, advance, ok := s.face.Glyph(dot, r)
		if ok {
			gather(mask, where, letter, from)
		}
		dot.X += advance
		previous = r
	}
	paint(dst, mask, s.ink)
}

// gather adds a letter's mask to that of its line.
func gather(mask *image.Alpha, where image.Rectangle, letter image.Image, from image.Point) {
	inside := where.Intersect(mask.Rect)
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		for x := inside.Min.X; x < inside.Max.X; x++ {
			_, _, _, alpha := letter.At(from.X+x-where.Min.X, from.Y+y-where.Min.Y).RGBA()
			i := mask.PixOffset(x, y)
			mask.Pix[i] = max(mask.Pix[i], uint8(alpha>>8))
		}
	}
}
