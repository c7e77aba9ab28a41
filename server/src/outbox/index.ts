export { enqueue, OUTBOX_CHANNEL, type OutboxMessage } from './enqueue.ts'
export { type Delivery, type Handler, OutboxWorker, type WorkerOptions } from './outbox-worker.ts'
