/**
 * The lucide icons that are shipped: those of the product's own controls, and those that metadata may name for
 * an object. An icon outside of this list is drawn as a plain box.
 */
export const ICON_NAMES = [
  // Controls
  'arrow-down', 'arrow-left', 'arrow-right', 'arrow-up', 'arrow-up-right', 'bell', 'ban', 'chart-column', 'check',
  'check-check', 'chevron-down', 'chevron-left', 'chevron-right', 'chevron-up', 'chevrons-left', 'chevrons-right',
  'chevrons-up-down', 'circle', 'circle-alert', 'circle-check', 'circle-dot', 'circle-help', 'circle-x', 'columns-3', 'copy',
  'command', 'corner-down-left', 'download', 'ellipsis', 'ellipsis-vertical', 'external-link', 'eye', 'eye-off',
  'file-down', 'file-up', 'filter', 'grip-vertical', 'history', 'info', 'key-round', 'kanban', 'languages', 'layers', 'layout-dashboard',
  'layout-list', 'layout-panel-left', 'link', 'list', 'list-checks', 'list-filter', 'list-plus', 'loader-circle', 'lock', 'lock-open', 'log-out', 'maximize-2',
  'menu', 'message-square', 'message-square-text', 'minus', 'monitor', 'moon', 'move', 'panel-left', 'panel-left-close', 'panel-left-open',
  'panel-right', 'pencil', 'pin', 'play', 'plus', 'printer', 'redo-2', 'refresh-cw', 'rotate-ccw', 'save', 'search', 'send', 'settings',
  'settings-2', 'share-2', 'shield', 'shield-check', 'sliders-horizontal', 'sparkles', 'square-pen', 'sun', 'table-2', 'thumbs-down',
  'thumbs-up', 'trash-2', 'triangle-alert', 'undo-2', 'upload', 'user-round', 'wifi-off', 'workflow', 'x', 'zap',
  // Business things
  'activity', 'archive', 'award', 'badge-check', 'badge-percent', 'banknote', 'bookmark', 'book-open', 'box', 'boxes',
  'briefcase', 'briefcase-business', 'building', 'building-2', 'bug', 'calculator', 'calendar', 'calendar-check', 'calendar-clock',
  'calendar-days', 'calendar-range', 'car', 'chart-line', 'chart-pie', 'circle-dollar-sign', 'clipboard', 'clipboard-check', 'clipboard-list',
  'clock', 'coins', 'contact', 'contact-round', 'cpu', 'credit-card', 'database', 'factory', 'file', 'file-check',
  'file-check-2', 'file-pen-line', 'file-pen', 'file-pen-line', 'file-signature', 'file-spreadsheet', 'file-text', 'flag', 'folder', 'folder-open', 'gauge', 'gift', 'globe', 'graduation-cap', 'hand-coins',
  'handshake', 'hash', 'headphones', 'heart', 'home', 'hospital', 'house', 'id-card', 'image', 'inbox', 'key', 'landmark', 'lightbulb',
  'list-ordered', 'list-todo', 'luggage', 'mail', 'map', 'map-pin', 'megaphone', 'message-circle', 'message-square-text', 'messages-square', 'network', 'newspaper',
  'notebook-pen', 'notebook-text', 'package', 'package-open', 'package-plus', 'phone', 'phone-call', 'piggy-bank', 'plane', 'puzzle', 'quote', 'receipt', 'receipt-text',
  'rocket', 'scale', 'school', 'scroll-text', 'server', 'shopping-bag', 'shopping-cart', 'sprout', 'square-check', 'stamp', 'square-check-big', 'star', 'stethoscope', 'sticky-note', 'store',
  'tag', 'tags', 'target', 'thermometer', 'ticket', 'timer', 'tractor', 'train-front', 'trending-up', 'trophy', 'truck', 'type', 'user', 'user-check', 'user-plus',
  'users', 'users-round', 'wallet', 'wallet-cards', 'warehouse', 'wrench',
] as const

export type IconName = (typeof ICON_NAMES)[number]
