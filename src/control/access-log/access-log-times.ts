const KEPT = 64;

/** What is written of a second, made once for it: requests of the last minute share a few of them. */
export class SecondTexts {
  readonly #make: (date: Date) => string;
  readonly #seconds: number[] = new Array<number>(KEPT).fill(-1);
  readonly #texts: string[] = new Array<string>(KEPT).fill('');

  constructor(make: (date: Date) => string) {
    this.#make = make;
  }

  /** `second`: whole seconds since 1970. */
  of(second: number): string {
    const place = second % KEPT;
    if (this.#seconds[place] === second) return this.#texts[place] ?? '';
    const text = this.#make(new Date(second * 1000));
    this.#seconds[place] = second;
    this.#texts[place] = text;
    return text;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

/** `+0200`: what to add to UTC for the local time of that date. */
const zone = (date: Date): string => {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
};

/** Apache's `%t` without its brackets, in local time: `10/Oct/2000:13:55:36 -0700`. */
export const apacheDate = (date: Date): string => {
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day}:${time} ${zone(date)}`;
};

/** `000` to `999`. */
const THOUSANDTHS: readonly string[] = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));

/** Times by RFC 3339 in UTC with milliseconds. */
export class UtcTimes {
  readonly #seconds = new SecondTexts((date) => date.toISOString().slice(0, 20));
  #last = -1;
  #text = '';

  /** `at`: ms since 1970. Requests that came in the same millisecond often end one after the other. */
  of(at: number): string {
    const millisecond = Math.floor(at);
    if (millisecond === this.#last) return this.#text;
    const second = Math.floor(millisecond / 1000);
    this.#last = millisecond;
    this.#text = `${this.#seconds.of(second)}${THOUSANDTHS[millisecond - second * 1000]}Z`;
    return this.#text;
  }
}

/** Milliseconds with three digits behind the point. Below 0, and what is no number, is 0. */
export const millisText = (value: number): string => {
  const micros = value > 0 ? Math.round(value * 1000) : 0;
  const whole = Math.floor(micros / 1000);
  return `${whole}.${THOUSANDTHS[micros - whole * 1000]}`;
};
