/** `_x000D_` for what XML cannot say, and for text that looks like that (ECMA-376, 22.9.2.19). */
const ESCAPED = /_x([0-9A-Fa-f]{4})_/g
// Control characters, line breaks that XML would change, and what is no character.
// oxlint-disable-next-line no-control-regex -- these are the ones that are meant
const UNSAYABLE = /_(?=x[0-9A-Fa-f]{4}_)|[\u0000-\u0008\u000B-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/gu

/** The text that a workbook says. */
export function unescapeText(text: string): string {
  return text.replaceAll(ESCAPED, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}

/** A text as a workbook says it, as the content of an XML element. */
export function escapeText(text: string): string {
  return text
    .replaceAll(UNSAYABLE, (one) => {
      const code = one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
      return `_x${code}_`
    })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
