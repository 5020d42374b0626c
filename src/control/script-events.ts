import { formatDuration } from '../core/options.ts';
import type { ScriptEvent } from '../script/event.ts';

/** What happened to a user's function, in a sentence, and how bad it is. */
export const scriptEventText = (event: ScriptEvent): readonly [string, 'info' | 'warn' | 'error'] => {
  switch (event.kind) {
    case 'script_loaded':
      return [`${event.name} loaded (${event.hash})`, 'info'];
    case 'script_fault': {
      const place = event.place ? `${event.place.file}:${event.place.line}:${event.place.column}: ` : '';
      const untold = event.untold > 0 ? ` (and ${event.untold} more like it)` : '';
      return [`${place}${event.name}: ${event.message}${untold}; its list was left as it was`, 'warn'];
    }
    case 'script_bypassed': {
      const until = event.for === null ? 'until it changes' : `for ${formatDuration(event.for)}`;
      return [`${event.name} is bypassed ${until}: ${event.why}`, 'error'];
    }
    case 'script_resumed':
      return [`${event.name} is called again`, 'info'];
  }
};
