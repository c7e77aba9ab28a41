import { useSession } from '../../stores/session.ts'

/** Writes a moment as its reader's clock and calendar have it. */
export function useMoment(): (moment: string) => string {
  const session = useSession()
  return (moment) =>
    new Intl.DateTimeFormat(session.locale, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: session.timeZone,
    }).format(new Date(moment))
}
