// The camera: projects points of space to the canvas. It looks straight at a plane; where a network has a third
// dimension it tilts. The unit is as large as the picture allows; a scale bar shows its length.

const EYE_DISTANCE = 6; // from the eye to the origin, in units of the largest distance of the data from the origin
const LEAN = { turn: -0.45, tilt: 1.05 }; // radians, where space has three dimensions

const between = (a, b, t) => a + (b - a) * t;

class Camera {
  // At the start and after each whole move: spatial: has space three dimensions or more; reach: how far the data go.
  constructor(spatial, reach) {
    Object.assign(this, { reach, leans: spatial.map(Number), turn: 0, tilt: 0 });
  }

  get last() {
    return this.leans.length - 1;
  }

  // 0 where the camera looks straight at the plane, 1 where it is tilted
  lean(t) {
    const k = Math.min(Math.floor(t), Math.max(this.last - 1, 0));
    const share = this.last ? t - k : 0;
    return between(this.leans[k], this.leans[Math.min(k + 1, this.last)], share * share * (3 - 2 * share));
  }

  // A point's distance from the origin is a convex function of t in a stretch, a shift and a bend, and constant in a
  // turn: what fits at both ends of a move fits all along it.
  within(t) {
    const k = Math.min(Math.floor(t), Math.max(this.last - 1, 0));
    return between(this.reach[k], this.reach[Math.min(k + 1, this.last)], t - k);
  }

  // The projection at time t for a canvas of this size: point -> [x, y, nearness].
  projection(t, width, height) {
    const lean = this.lean(t);
    const turn = lean * (LEAN.turn + this.turn);
    const tilt = lean * (LEAN.tilt + this.tilt);
    const reach = this.within(t);
    const unit = Math.min(width, height) / 2 / (reach * between(1.12, 1.3, lean));
    const eye = EYE_DISTANCE * reach;
    const [ca, sa, cb, sb] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
    const project = (point) => {
      const [x, y, z] = [point[0] ?? 0, point[1] ?? 0, point[2] ?? 0];
      const [right, ahead] = [ca * x - sa * y, sa * x + ca * y];
      const near = cb * z - sb * ahead;
      const scale = (unit * eye) / Math.max(eye - near, 0.2 * eye); // points behind the eye stay at the edge
      return [width / 2 + scale * right, height / 2 - scale * (cb * ahead + sb * z), near];
    };
    // the same for many: { places, n } to a list of [x, y, nearness]
    const projectAll = ({ places, n }) => {
      const screen = new Array(places.length / n);
      for (let i = 0, k = 0; i < places.length; i += n, k += 1) {
        screen[k] = project([places[i], n > 1 ? places[i + 1] : 0, n > 2 ? places[i + 2] : 0]);
      }
      return screen;
    };
    return { project, projectAll, unit, lean };
  }

  drag(dx, dy) {
    this.turn += dx * 0.008;
    this.tilt = Math.max(-1.3, Math.min(1.6, this.tilt - dy * 0.008));
  }
}
