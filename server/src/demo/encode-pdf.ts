/** A line of text on a page: where it begins, in points from the lower left corner. */
export interface PdfLine {
  text: string
  x: number
  y: number
  size: number
}

/** One page of A4 as PDF, with Chinese text in the font that every reader of PDF has for it, and a red seal. */
export function encodePdf(
  lines: readonly PdfLine[],
  seal: { x: number; y: number; radius: number },
): Buffer<ArrayBuffer> {
  const content = [...lines.map(showLine), drawSeal(seal)].join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>',
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 7 0 R >>',
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>',
  ]
  return Buffer.from(withTable(objects), 'latin1')
}

function showLine({ text, x, y, size }: PdfLine): string {
  const codes = Buffer.from(text, 'utf16le').swap16().toString('hex')
  return `BT /F ${size} Tf ${x} ${y} Td <${codes}> Tj ET`
}

// A circle of four curves: this much of the radius is the length of their handles.
const HANDLE = 0.5523

function drawSeal({ x, y, radius: r }: { x: number; y: number; radius: number }): string {
  const h = r * HANDLE
  const curves = [
    [x + r, y + h, x + h, y + r, x, y + r],
    [x - h, y + r, x - r, y + h, x - r, y],
    [x - r, y - h, x - h, y - r, x, y - r],
    [x + h, y - r, x + r, y - h, x + r, y],
  ].map((points) => `${points.map((point) => point.toFixed(1)).join(' ')} c`)
  return `q 0.8 0.1 0.1 RG 3 w ${x + r} ${y} m ${curves.join(' ')} S Q`
}

/** The objects with the table of where each begins. */
function withTable(objects: readonly string[]): string {
  const head = '%PDF-1.4\n'
  const places: number[] = []
  let body = head
  for (const [index, object] of objects.entries()) {
    places.push(body.length)
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
  }
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  const count = objects.length + 1
  return `${body}xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`
}
