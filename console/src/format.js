// How values look to a person. Nothing here knows a domain: names, types and units come from the run.

export const NOTHING = "–";
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const SUFFIXES = { min: "_minutes", usd: "_usd", kg: "_kg", km: "_km", days: "_days", h: "_hours" };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A name of the run's in words: `missed_connections` becomes `missed connections`. */
export const words = (name) => String(name ?? "").replaceAll("_", " ").trim();

/** The same with a capital letter. */
export const titled = (name) => words(name).replace(/^./, (letter) => letter.toUpperCase()).replace(/ utc$/, " (UTC)").replace(/ local$/, " (local)");

/** The name of who acted: the last part of the name of a role or user. */
export const person = (by) => String(by ?? "").split("/").at(-1);

/** The title of a field without the unit in its name, which stands with each value; abbreviations as its description has them. */
export function fieldTitle(field) {
  const suffix = SUFFIXES[field.unit] ?? "";
  const title = titled(suffix && field.name.endsWith(suffix) ? field.name.slice(0, -suffix.length) : field.name);
  const capitals = new Map((field.description ?? "").match(/\b[A-Z]{2,}\b/g)?.map((each) => [each.toLowerCase(), each]));
  return title.replace(/\w+/g, (word) => capitals.get(word.toLowerCase()) ?? word);
}

/** A title within a sentence: an abbreviation at its beginning stays as it is. */
export const within = (title) => title.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase());

const DEMANDS = { "==": "is", "!=": "is not", ">=": "≥", "<=": "≤" };

/** What a rule demands, as a person would say it: `Crew rest margin ≥ 0 min`. */
export const demand = (field, rule) => `${fieldTitle(field)} ${DEMANDS[rule.operator] ?? words(rule.operator)} ${cell(rule.value, rule.unit)}`;

/** A moment in UTC: `21 Nov 06:10`, with seconds where they are asked for. */
export function moment(text, { seconds = false } = {}) {
  if (!text) return NOTHING;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return String(text);
  const clock = at.toISOString().slice(11, seconds ? 19 : 16);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${clock}`;
}

/** The clock of a moment in UTC. */
export const clock = (milliseconds) => new Date(milliseconds).toISOString().slice(11, 16);

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NOTHING;
  if (seconds < 0.095) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Money in US dollars: whole dollars for what a course of action costs, as many digits as it takes for models. */
export function usd(amount) {
  if (amount === null || amount === undefined) return NOTHING;
  const digits = Math.abs(amount) >= 10 || amount === 0 ? 0 : Math.abs(amount) >= 0.1 ? 2 : 5;
  return `$${amount.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

export const number = (value) => (value ?? 0).toLocaleString("en");
export const share = (value) => (value === null || value === undefined ? NOTHING : value.toFixed(3));

/** One cell: of an option, of a fact. `null` says that it does not apply. */
export function cell(value, unit = "") {
  if (value === null || value === undefined || value === "") return NOTHING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (unit === "usd") return usd(Math.round(value));
  if (typeof value === "number") {
    const shown = value.toLocaleString("en", { maximumFractionDigits: 3 });
    return unit && unit !== "count" ? `${shown} ${unit}` : shown;
  }
  if (Array.isArray(value)) return value.map((each) => cell(each)).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  return MOMENT.test(value) ? stated(value) : String(value);
}

/** A moment in a field: in UTC where it is written so, else on the clock of its place, with the distance from UTC. */
function stated(text) {
  const [, local, offset] = /^(.{16}(?::\d{2})?)(?:\.\d+)?([+-]\d{2}:\d{2})$/.exec(text) ?? [];
  if (local) return `${moment(`${local}Z`)} (UTC${offset})`;
  return text.endsWith("Z") ? moment(text) : text;
}

/** Options as a person reads them: the ranking first, then what else is possible, then what breaks a rule. */
export function inOrder(run) {
  const place = new Map((run.decision?.ranking ?? []).map((id, index) => [id, index]));
  const rank = (option) => place.get(option.id) ?? (option.violations.length ? 2000 : 1000);
  return [...(run.options ?? [])].sort((one, other) => rank(one) - rank(other) || other.total - one.total);
}

/** The fields that a person compares first: as the pack says, or the numbers in which the options differ most. */
export function figures(run, picture) {
  const known = new Map((run.fields ?? []).map((field) => [field.name, field]));
  const named = (picture?.picture?.figures ?? []).map((name) => known.get(name)).filter(Boolean);
  if (named.length) return named;
  const values = (field) => new Set(run.options.map((option) => option.fields[field.name]));
  const numbers = (run.fields ?? []).filter((field) => field.type === "int" || field.type === "float");
  return numbers.filter((field) => values(field).size > 1).slice(0, 6);
}

export const STATUSES = {
  running: { title: "running", tone: "live" },
  awaiting_approval: { title: "awaiting approval", tone: "ask" },
  approval_required: { title: "approval required", tone: "ask" },
  decided: { title: "decided", tone: "good" },
  halted: { title: "halted", tone: "bad" },
  refused: { title: "refused", tone: "bad" },
  expired: { title: "expired", tone: "bad" },
  forked: { title: "fork", tone: "plain" },
};

/** Runs that have not ended: they are looked at again soon. */
export const isOpen = (status) => status === "running" || status === "awaiting_approval";
