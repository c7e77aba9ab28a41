export type FollowUpType = 'call' | 'visit' | 'wechat' | 'email' | 'meeting'

/**
 * One way in which a follow-up is told. The texts may hold `{person}` (name and title of the contact),
 * `{product}`, `{competitor}`, `{number}` (a small whole number) and `{month}` (a coming month).
 */
export interface FollowUpTemplate {
  type: FollowUpType
  subject: string
  content: string
  next?: string
}

/** Shortens the tables: one row, one template. */
export function told(
  type: FollowUpType,
  subject: string,
  content: string,
  next?: string,
): FollowUpTemplate {
  return { type, subject, content, ...(next === undefined ? {} : { next }) }
}
