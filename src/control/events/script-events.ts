import type { Place } from '../../core/errors.ts';
import { formatDuration } from '../../core/options.ts';
import type { ScriptEvent } from '../../script/event.ts';

const placeText = (place: Place | undefined): string =>
  place ? `${place.file}:${place.line}:${place.column}: ` : '';

const untoldText = (untold: number): string => (untold > 0 ? ` (and ${untold} more like it)` : '');

/** What happened to a user's function, in a sentence, and how bad it is. */
export const scriptEventText = (event: ScriptEvent): readonly [string, 'info' | 'warn' | 'error'] => {
  switch (event.kind) {
    case 'script_loaded':
      return [`${event.name} loaded (${event.hash})`, 'info'];
    case 'script_fault': {
      const said = `${placeText(event.place)}${event.name}: ${event.message}${untoldText(event.untold)}`;
      return [`${said}; its list was left as it was`, 'warn'];
    }
    case 'handler_fault':
      return [`${placeText(event.place)}${event.name}: ${event.message}${untoldText(event.untold)}`, 'error'];
    case 'script_bypassed': {
      const until = event.for === null ? 'until it changes' : `for ${formatDuration(event.for)}`;
      return [`${event.name} is bypassed ${until}: ${event.why}`, 'error'];
    }
    case 'script_resumed':
      return [`${event.name} is called again`, 'info'];
  }
};
