/** A property that vendor and customer have both changed: `GET /meta/conflicts`. */
export interface WireConflict {
  kind: string
  name: string
  /** What the component is called in the reader's language. */
  label: string
  /** Dotted property path. */
  path: string
  /** What the vendor had when the customer changed it; null where there was nothing. */
  base: unknown
  theirs: unknown
  /** In force until somebody decides. */
  mine: unknown
  /** Whether the vendor has taken away the whole component. */
  gone: boolean
}

/** A property of a packaged component that the customer has changed. */
export interface WirePatch {
  path: string
  /** The vendor's value; null where there is none. */
  vendor: unknown
  /** The customer's; null where they took it away. */
  mine: unknown
}
