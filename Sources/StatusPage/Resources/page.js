
"use strict";
// Everything is put in as text: nothing that the charger says is ever read as markup.
const byId = id => document.getElementById(id);

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function draw(name, attributes = {}, text = null) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  return node;
}

/* numbers */
const places = (value, count) =>
  value.toLocaleString("en", { minimumFractionDigits: count, maximumFractionDigits: count });
const kilowatts = mw => places(mw / 1e6, 2);
const kilowattHours = (mwh, count = 3) => places(mwh / 1e6, count);
const amperes = ma => places(ma / 1e3, 1);
const whole = value => value.toLocaleString("en");
const short = hash => hash ? `${hash.slice(0, 8)}…${hash.slice(-6)}` : "none";

function duration(seconds) {
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

/* words */
const pilots = {
  A: "no car is connected", B: "a car is connected and not ready", C: "the car is ready to charge",
  D: "the car is ready and asks for ventilation", E: "no pilot voltage", F: "the charger is not available",
};
const phases = {
  starting: "Starting", idle: "Ready for a car", waiting: "Waiting for authorisation", preparing: "Reading the meter",
  beginning: "Sealing the first record", held: "Paused", offering: "Waiting for the car", waking: "Waking the car",
  switching: "Switching phases", charging: "Charging", stopping: "Stopping", ending: "Taking the final reading",
  ended: "Session ended",
};
const kinds = {
  genesis: "Genesis", begin: "Session begins", tick: "kWh tick", pause: "Pause", resume: "Resume", end: "Session ends",
  event: "Event", checkpoint: "Checkpoint", meterChange: "Meter change", rollover: "Register rollover",
  reset: "Register reset", clockStep: "Clock step", keyChange: "Key change", firmwareChange: "Firmware change",
  gap: "Gap", voucherAcceptance: "Voucher taken", rollbackDetected: "Rollback detected", close: "Ledger closed",
  open: "Ledger opened",
};

function stateWords(state) {
  const words = pilots[state[0]];
  if (!words) return "the pilot signal is not clear";
  return `State ${state}: ${words}${state[1] === "2" ? ", current is offered" : ""}`;
}

function tone(outlet) {
  const c = outlet.connector;
  if (c.fault_codes.length || outlet.problem) return "bad";
  if (c.service || c.state === "invalid" || c.state[0] === "E" || c.state[0] === "F") return "warn";
  return c.phase === "charging" || c.phase === "offering" ? "good" : "idle";
}

/* one connector */
function outletCard(number, isOnly) {
  const part = (name, ...rest) => make(name, ...rest);
  const view = {
    badge: part("span", { class: "badge" }), title: part("strong"), state: part("span", { class: "quiet" }),
    power: part("dd"), energy: part("dd"), offered: part("dd"), why: part("p", { class: "why" }),
    faults: part("ul", { class: "faults", role: "alert" }), phases: part("tbody"), chart: part("div"),
    readout: part("span"), meter: part("p", { class: "quiet meter" }),
  };
  const figure = (label, value) => part("div", {}, part("dt", {}, label), value);
  const heads = ["", "Voltage", "Current"].map((text, i) => part("th", { scope: "col", class: i ? "n" : null }, text));
  view.root = part("section", { class: "card outlet", "aria-label": `Connector ${number}`, "data-connector": number },
    ...(isOnly ? [] : [part("h2", {}, `Connector ${number}`)]),
    part("div", {},
      part("div", { class: "now" }, view.badge, part("div", {}, view.title, view.state)),
      part("dl", { class: "figures" },
        figure("Power", view.power), figure("Session energy", view.energy), figure("Offered", view.offered)),
      view.why, view.faults, view.meter),
    part("div", {},
      part("div", { class: "chart-head" },
        part("span", {}, part("span", { class: "key" }), "power", part("span", { class: "key e" }), "session energy"),
        view.readout),
      view.chart,
      part("table", { class: "phases" }, part("thead", {}, part("tr", {}, ...heads)), view.phases)));
  return view;
}

function number(node, value, unit) { node.replaceChildren(value, make("small", {}, unit)); }

function showOutlet(view, outlet, faults) {
  const c = outlet.connector, m = outlet.meter;
  view.badge.textContent = c.state === "invalid" ? "?" : c.state[0];
  view.badge.dataset.tone = tone(outlet);
  view.title.textContent = c.service ? `Out of use: ${c.service} of a technician` : phases[c.phase] || c.phase;
  view.state.textContent = stateWords(c.state);
  const isKnown = m.age_ms >= 0 && m.age_ms < 10000;
  number(view.power, isKnown ? kilowatts(m.power_mw) : "–", "kW");
  number(view.energy, kilowattHours(c.energy_mwh), "kWh");
  number(view.offered, amperes(c.offered_ma), `A × ${c.phases}`);
  view.why.replaceChildren(make("span", { class: "quiet" }, "Limit that binds: "), c.limit || "none yet");
  const items = faults.filter(f => f.connector === outlet.number).map(f =>
    make("li", { "data-tone": f.effect === "warn" ? "warn" : "bad" },
      make("b", {}, f.name), `Fault ${f.code}: ${f.meaning} It clears with ${f.cleared_by}.`));
  if (outlet.problem) items.push(make("li", {}, make("b", {}, "Nothing is sold here"), outlet.problem));
  if (m.problem) items.push(make("li", { "data-tone": "warn" }, make("b", {}, "Meter"), m.problem));
  const words = items.map(item => item.textContent).join("\n");
  if (view.words !== words) { view.words = words; view.faults.replaceChildren(...items); }
  const unknown = value => value === null || value === undefined;
  view.phases.replaceChildren(...[0, 1, 2].filter(i => !unknown(m.voltage_mv[i]) || !unknown(m.current_ma[i])).map(i =>
    make("tr", {}, make("th", { scope: "row" }, `L${i + 1}`),
      make("td", { class: "n" }, unknown(m.voltage_mv[i]) ? "–" : `${places(m.voltage_mv[i] / 1e3, 1)} V`),
      make("td", { class: "n" }, unknown(m.current_ma[i]) ? "–" : `${places(m.current_ma[i] / 1e3, 2)} A`))));
  const session = c.session ? `Session ${short(c.session)}${c.session_open ? "" : " (ended)"}` : "No session yet";
  const register = m.vendor ? `${m.vendor} ${m.model} ${m.serial}, register ${kilowattHours(m.import_mwh)} kWh` : "Meter not identified yet";
  view.meter.textContent = `${session}. ${register}. Contactor ${c.contactor_closed ? "closed" : "open"}; ${whole(c.operations)} closings since new.`;
}

/* the curve */
const size = { width: 640, height: 240, left: 36, right: 36, top: 28, bottom: 24 };

// The top of an axis with four steps of a round number.
function ceiling(value, least) {
  for (let power = Math.pow(10, Math.floor(Math.log10(least)) - 1); ; power *= 10)
    for (const s of [1, 2, 2.5, 5]) if (s * power * 4 >= Math.max(value, least)) return s * power * 4;
}

function drawCurve(view, history, connector) {
  // One unit is one pixel, so that the words stay readable on a small screen.
  size.width = Math.max(280, Math.round(view.chart.clientWidth || 640));
  const ages = history.age_ms, span = history.span_ms;
  const x = age => size.left + (1 - age / span) * (size.width - size.left - size.right);
  const bottom = size.height - size.bottom, tall = bottom - size.top;
  const powers = connector.power_mw.map(v => v === null ? null : Math.max(0, v / 1e6));
  const energies = connector.energy_mwh.map(v => v / 1e6);
  const most = ceiling(Math.max(0, ...powers.filter(v => v !== null)), 4);
  const full = ceiling(Math.max(0, ...energies), 0.4);
  const yPower = v => bottom - v / most * tall, yEnergy = v => bottom - v / full * tall;
  const svg = draw("svg", { class: "curve", viewBox: `0 0 ${size.width} ${size.height}`, role: "img" });
  const last = powers.length - 1;
  svg.append(draw("title", {}, last < 0 ? "No measurements yet" :
    `Power and session energy of the last hour; now ${powers[last] === null ? "unknown" : places(powers[last], 2)} kW and ${places(energies[last], 3)} kWh`));
  for (let i = 0; i <= 4; i++) {
    const y = bottom - i / 4 * tall;
    svg.append(draw("line", { class: "grid", x1: size.left, x2: size.width - size.right, y1: y, y2: y }));
    svg.append(draw("text", { x: size.left - 6, y: y + 4, "text-anchor": "end" }, String(+(most * i / 4).toFixed(2))));
    svg.append(draw("text", { x: size.width - size.right + 6, y: y + 4 }, String(+(full * i / 4).toFixed(2))));
  }
  svg.append(draw("text", { class: "power-text", x: size.left - 6, y: size.top - 14, "text-anchor": "end" }, "kW"));
  svg.append(draw("text", { class: "energy-text", x: size.width - size.right + 6, y: size.top - 14 }, "kWh"));
  for (let minute = 60; minute >= 0; minute -= size.width < 480 ? 20 : 10) {
    const text = minute === 0 ? "now" : `−${minute} min`;
    svg.append(draw("text", { x: x(minute * 60000), y: size.height - 6, "text-anchor": "middle" }, text));
  }
  // A gap in what is known is a gap in the line.
  const runs = [[]], gap = 3 * history.interval_ms;
  powers.forEach((value, i) => {
    if (value === null || (i > 0 && ages[i - 1] - ages[i] > gap)) runs.push([]);
    if (value !== null) runs[runs.length - 1].push([x(ages[i]), yPower(value)]);
  });
  for (const run of runs.filter(r => r.length > 0)) {
    const line = run.map(p => p.map(v => v.toFixed(1)).join(" ")).join(" L");
    const [first, end] = [run[0][0].toFixed(1), run[run.length - 1][0].toFixed(1)];
    svg.append(draw("path", { class: "area", d: `M${first} ${bottom} L${line} L${end} ${bottom} Z` }));
    svg.append(draw("path", { class: "power", d: `M${line}` }));
  }
  let path = "";
  energies.forEach((value, i) => {
    const joins = i > 0 && ages[i - 1] - ages[i] <= gap && value >= energies[i - 1];
    path += `${joins ? "L" : "M"}${x(ages[i]).toFixed(1)} ${yEnergy(value).toFixed(1)} `;
  });
  if (path) svg.append(draw("path", { class: "energy", d: path }));
  const cross = draw("line", { class: "cross", y1: size.top, y2: bottom, visibility: "hidden" });
  svg.append(cross);
  svg.addEventListener("pointermove", event => {
    const box = svg.getBoundingClientRect(), at = (event.clientX - box.left) / box.width * size.width;
    let best = -1;
    ages.forEach((age, i) => { if (best < 0 || Math.abs(x(age) - at) < Math.abs(x(ages[best]) - at)) best = i; });
    if (best < 0) return;
    for (const name of ["x1", "x2"]) cross.setAttribute(name, x(ages[best]));
    cross.setAttribute("visibility", "visible");
    const power = powers[best] === null ? "unknown" : `${places(powers[best], 2)} kW`;
    view.readout.textContent = `${duration(ages[best] / 1000)} ago: ${power}, ${places(energies[best], 3)} kWh`;
  });
  svg.addEventListener("pointerleave", () => { cross.setAttribute("visibility", "hidden"); view.readout.textContent = ""; });
  view.chart.replaceChildren(svg);
}

/* the rest */
function list(id, rows) {
  byId(id).replaceChildren(...rows.filter(row => row).map(([name, value, isBad]) =>
    make("div", {}, make("dt", {}, name), make("dd", { class: isBad ? "bad" : null }, value))));
}

function showLedger(status, device) {
  const l = status.ledger, waiting = status.records.total - status.records.acknowledged_total;
  list("ledger", [
    ["Chain", l.chain || "unknown"],
    ["Node", `${device.endpoint}: ${l.reachable ? "in reach" : "out of reach"}`, !l.reachable],
    ["Verified height", l.height > 0 ? whole(l.height) : "none yet"],
    ["Age of that block", l.header_age_ms >= 0 ? duration(l.header_age_ms / 1000) : "unknown"],
    ["Records not yet proved there", whole(waiting)],
    ["Registration", l.registered ? "proved" : "not proved", !l.registered],
    l.problem ? ["Last problem", l.problem, true] : null,
  ]);
}

function showLimits(status, device) {
  const rows = [];
  for (const c of device.connectors) {
    const name = device.connectors.length > 1 ? `Connector ${c.number}: ` : "";
    const outlet = status.connectors.find(o => o.number === c.number);
    if (outlet) rows.push([`${name}What binds`, outlet.connector.limit || "none yet"]);
    rows.push([`${name}Installer`, `${amperes(c.maximum_current_ma)} A per phase`]);
    if (c.owner_ma !== null) rows.push([`${name}Owner`, `${amperes(c.owner_ma)} A per phase`]);
  }
  if (device.supply_ma !== null) rows.push(["All connectors together", `${amperes(device.supply_ma)} A per phase`]);
  if (device.grid_fail_safe_ma !== null) rows.push(["Grid operator unheard", `${amperes(device.grid_fail_safe_ma)} A per phase`]);
  if (status.mains) {
    const flows = status.mains.current_ma.map((v, i) => v === null ? null : `L${i + 1} ${amperes(v)} A`).filter(v => v);
    rows.push(["Mains fuse", `${amperes(status.mains.fuse_ma)} A per phase`]);
    rows.push(["Mains now", flows.join(", ") || "unknown", flows.length === 0]);
    rows.push(["The mains leave", `${amperes(status.mains.available_ma)} A: ${status.mains.limit}`]);
  }
  list("limits", rows);
}

function showDevice(status, device) {
  byId("product").textContent = device.product;
  document.title = `${device.product} ${device.serial}`;
  byId("serial").textContent = `Serial ${device.serial}`;
  byId("bench").hidden = !(device.bench || device.energy_factor > 1);
  byId("bench").textContent = [
    device.bench ? "Bench board: not for use with people." : "",
    device.energy_factor > 1 ? `Simulation: energy counts ${device.energy_factor} times as fast as in life.` : "",
  ].filter(t => t).join(" ");
  list("device", [
    ["Device", short(status.device)], ["Board", device.board], ["Firmware", device.firmware_version],
    ["Firmware digest", short(device.firmware_digest)], ["Keys", device.key_protection],
    ["Running for", `${duration(device.uptime_s)}, boot ${whole(device.boot_count)}`],
    ["Control loop", `at most ${places(status.timing.worst_lateness_us / 1000, 1)} ms late`],
    status.records.problem ? ["Records", status.records.problem, true] : null,
    ...status.limitations.map(text => ["Limitation", text]),
  ]);
}

function showRecords(status, records) {
  const r = status.records;
  byId("records-sum").textContent = `${whole(r.total)} records, ${whole(r.acknowledged_total)} proved to be on the ledger`;
  byId("records").tBodies[0].replaceChildren(...records.records.map(e => {
    const time = e.utc_ms === null ? "time unknown" : new Date(e.utc_ms).toLocaleString("sv");
    const words = [kinds[e.kind] || e.kind, e.detail].filter(t => t).join(": ");
    return make("tr", {}, make("td", {}, time), make("td", { title: e.hash }, words, make("span", { class: "quiet" }, ` ${e.chain}/${e.sequence}`)),
      make("td", { class: "n" }, e.energy_mwh === null ? "" : `${kilowattHours(e.energy_mwh)} kWh`),
      make("td", { class: e.acknowledged ? "yes" : "no" }, e.acknowledged ? "✓ proved" : "waiting"));
  }));
}

/* the loop */
const views = new Map();
let answered = 0, round = 0;

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function look() {
  const [status, device, records] = [await ask("/status.json"), await ask("/device.json"), await ask("/records.json")];
  const history = round % 5 === 0 ? await ask("/history.json") : null;
  round += 1;
  for (const outlet of status.connectors) {
    if (!views.has(outlet.number)) {
      const view = outletCard(outlet.number, status.connectors.length === 1);
      views.set(outlet.number, view);
      byId("connectors").append(view.root);
    }
    const view = views.get(outlet.number);
    showOutlet(view, outlet, device.faults);
    if (history) drawCurve(view, history, history.connectors.find(c => c.number === outlet.number));
  }
  showDevice(status, device);
  showLedger(status, device);
  showLimits(status, device);
  showRecords(status, records);
}

async function run() {
  try {
    await look();
    answered = performance.now();
    byId("live").textContent = "live";
    byId("live").dataset.live = "yes";
    document.body.classList.remove("stale");
  } catch (error) {
    // Old values must not pass for live ones.
    byId("live").dataset.live = "no";
    byId("live").textContent = answered ? `no answer for ${duration((performance.now() - answered) / 1000)}` : "no answer";
    document.body.classList.add("stale");
  }
  setTimeout(run, 1000);
}
run();
