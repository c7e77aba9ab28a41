export * from './metadata.ts'
export * from './records.ts'
