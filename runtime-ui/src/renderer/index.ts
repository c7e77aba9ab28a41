/** The door of the renderer: fields, and the parts of record pages. Props in, events out, nothing fetched. */
import { defineAsyncComponent } from 'vue'

export * from '../fields/index.ts'
export { default as RecordCards } from './RecordCards.vue'
export { default as RecordTable } from './RecordTable.vue'
export { default as ApprovalBanner, type ApprovalAct } from './ApprovalBanner.vue'
export { default as ApprovalRoute } from './ApprovalRoute.vue'
export { default as ChartTile } from './ChartTile.vue'
export { default as FactStrip } from './FactStrip.vue'
export { default as HistoryList } from './HistoryList.vue'
export { default as RecordForm } from './RecordForm.vue'
export { default as RecordHeader } from './RecordHeader.vue'
export { default as RecordView } from './RecordView.vue'
export { default as RelatedList } from './RelatedList.vue'
export { default as StagePath } from './StagePath.vue'
export { default as Timeline } from './Timeline.vue'
export type { KanbanColumn, KanbanMove } from './kanban-types.ts'
/** Drag and drop is loaded only where a board is drawn. */
export const KanbanBoard = defineAsyncComponent(() => import('./KanbanBoard.vue'))
