/** The door of the renderer: fields, and the parts of record pages. Props in, events out, nothing fetched. */
export * from '../fields/index.ts'
export { default as RecordCards } from './RecordCards.vue'
export { default as RecordTable } from './RecordTable.vue'
