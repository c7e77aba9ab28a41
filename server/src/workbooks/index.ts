export { openSheet, type Sheet, type SheetRow } from './read-workbook.ts'
export { NotAWorkbook } from './workbook-parts.ts'
export { type Cell, type Table, writeWorkbook, XLSX_TYPE } from './write-workbook.ts'
