// The line to the server: messages and frames, and a new line when it breaks.

const NOW = 0, SAMPLES = 1;

export class Link extends EventTarget {
  #socket = null;
  #pause = 500;
  now = 0;

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#socket = new WebSocket(`${scheme}://${location.host}/live`);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => { this.#pause = 500; this.#tell("state", "live"); };
    this.#socket.onmessage = ({ data }) => typeof data === "string" ? this.#message(data) : this.#frames(data);
    this.#socket.onclose = ({ code }) => {
      this.#tell("state", code === 4403 ? "not let in: open the address that groundup printed when it started" : "no answer from the lab’s program; trying again");
      setTimeout(() => this.open(), this.#pause);
      this.#pause = Math.min(2 * this.#pause, 8000);
    };
  }

  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #message(text) {
    const message = JSON.parse(text);
    this.#tell(message.type, message);
  }

  // Several frames in one message, each after its length; see frames.py.
  #frames(buffer) {
    const view = new DataView(buffer);
    for (let at = 0; at + 8 <= buffer.byteLength;) {
      const length = Number(view.getBigUint64(at, true));
      this.#frame(buffer, view, at + 8);
      at += 8 + Math.ceil(length / 8) * 8;
    }
  }

  #frame(buffer, view, at) {
    const kind = view.getUint8(at);
    if (kind === NOW) {
      this.now = view.getFloat64(at + 8, true);
      this.#tell("now", this.now);
    } else if (kind === SAMPLES) {
      const channels = view.getUint16(at + 4, true), count = view.getUint16(at + 6, true);
      const part = (offset, length) => new Float32Array(buffer, at + 16 + 4 * offset, length);
      this.#tell("samples", {
        stream: view.getUint16(at + 2, true), channels, count, begin: view.getFloat64(at + 8, true),
        after: part(0, count), low: part(count, count * channels), high: part(count + count * channels, count * channels),
      });
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
