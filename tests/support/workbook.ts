import { buffer } from 'node:stream/consumers'

import { ZipFile } from 'yazl'

/** A cell as a spreadsheet keeps it: a text, a number, or the error that it shows. */
export type WorkbookCell = string | number | { error: string }

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

function cellXml(cell: WorkbookCell): string {
  if (typeof cell === 'number') return `<c><v>${cell}</v></c>`
  if (typeof cell !== 'string') return `<c t="e"><v>${cell.error}</v></c>`
  return `<c t="inlineStr"><is><t>${cell.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</t></is></c>`
}

/** The bytes of an XLSX file with these sheets, as little as such a file may have in it. */
export async function workbookOf(
  sheets: Readonly<Record<string, readonly (readonly WorkbookCell[])[]>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const zip = new ZipFile()
  const add = (path: string, xml: string): void => zip.addBuffer(Buffer.from(xml), path)
  const names = Object.keys(sheets)
  const relation = (id: number, type: string, target: string): string =>
    `<Relationship Id="r${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
  const relations = names.map((_, id) => relation(id, 'worksheet', `worksheets/${id}.xml`))
  const listed = names.map(
    (name, id) => `<sheet name="${name}" sheetId="${id + 1}" r:id="r${id}"/>`,
  )
  add(
    '_rels/.rels',
    `<Relationships>${relation(0, 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
  )
  add(
    'xl/workbook.xml',
    `<workbook xmlns:r="${OFFICE}"><sheets>${listed.join('')}</sheets></workbook>`,
  )
  add('xl/_rels/workbook.xml.rels', `<Relationships>${relations.join('')}</Relationships>`)
  for (const [id, rows] of Object.values(sheets).entries()) {
    const lines = rows.map((cells) => `<row>${cells.map(cellXml).join('')}</row>`)
    add(
      `xl/worksheets/${id}.xml`,
      `<worksheet><sheetData>${lines.join('')}</sheetData></worksheet>`,
    )
  }
  zip.end()
  return Uint8Array.from(await buffer(zip.outputStream))
}
