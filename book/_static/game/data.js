// The files of the rounds, and what the browser remembers of them.
// Plain scripts, loaded in this order: data, statistics, drawing, page. A page that is opened from
// a folder may load scripts and nothing else, so the rounds are scripts, too.
const gameData = {}; // filled by rounds/*.js, which tools/make_game_rounds.py has made

const GameData = {
  folder: new URL("rounds/", document.currentScript.src),

  // A promise of the content of rounds/NAME.js.
  load(name) {
    return new Promise((done, failed) => {
      if (gameData[name]) return done(gameData[name]);
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, GameData.folder);
      script.onload = () => done(gameData[name]);
      script.onerror = failed;
      document.head.append(script);
    });
  },

  // Whole numbers below 65536 from base64, the low byte first.
  unpack(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const number = (_, i) => bytes[2 * i] + 256 * bytes[2 * i + 1];
    return Uint16Array.from({ length: bytes.length / 2 }, number);
  },

  // A browser may refuse to remember: then nothing is remembered.
  recall(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  remember(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // nothing to be done
    }
  },
};
