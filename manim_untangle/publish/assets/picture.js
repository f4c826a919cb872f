// The picture at time t: the moves are applied to everything that is shown, and it is drawn again.

class Picture {
  redraw() {
    this.pending ??= requestAnimationFrame(() => { this.pending = undefined; this.draw(); });
  }

  draw() {
    const size = { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    const dense = Math.min(window.devicePixelRatio || 1, 2);
    const [wide, high] = [Math.round(size.width * dense), Math.round(size.height * dense)];
    if (this.canvas.width !== wide || this.canvas.height !== high) Object.assign(this.canvas, { width: wide, height: high });
    const ctx = this.canvas.getContext("2d", { alpha: false });
    ctx.setTransform(dense, 0, 0, dense, 0, 0);
    ctx.fillStyle = "#000000";
    ctx.fillRect(0, 0, size.width, size.height);
    this.projection = this.camera.projection(this.t, size.width, size.height);
    drawGhost(ctx, size, this.projection);
    if (this.shown.grid) this.drawLines(ctx, this.grid, COLOUR.grid, 1.5, this.network.inputs === 3 ? 0.45 : 0.85);
    if (this.shown.boundary) this.drawBoundary(ctx);
    drawData(ctx, this.dataOnScreen(), { radius: size.width < 500 ? 3.4 : 4.6, depth: this.projection.lean > 0.02 });
    if (this.shown.loops) this.drawLines(ctx, this.loops, COLOUR.loop, 2.5, 1);
    this.drawPoint(ctx);
    drawScaleBar(ctx, size, this.projection.unit);
    if (this.fourth) drawFourthLegend(ctx, size);
  }

  // Whether a fourth coordinate is shown as colour.
  get fourth() {
    return this.dimension(this.t) === 4;
  }

  drawLines(ctx, { places, lengths }, colour, width, opacity) {
    Object.assign(ctx, { strokeStyle: colour, lineWidth: width, globalAlpha: opacity });
    const points = this.projection.projectAll(places.at(this.t));
    let start = 0;
    for (const length of lengths) {
      strokeLine(ctx, points, false, start, start + length);
      start += length;
    }
    ctx.globalAlpha = 1;
  }

  drawBoundary(ctx) {
    this.drawLines(ctx, this.boundary, COLOUR.boundary, 2.5, 1);
    const arrived = this.moves.length ? smooth(clamp(this.t - this.moves.length + 1, 0, 1)) : 1;
    if (!this.network.regression) drawReadout(ctx, this.network.layers.at(-1), this.projection, arrived);
  }

  // The data, coloured by the fourth coordinate where there is one, else by real target or by class.
  dataOnScreen() {
    const { labels, regression } = this.network;
    const { places, n } = this.data.at(this.t);
    const { fourth } = this;
    const [least, most] = regression ? [Math.min(...labels), Math.max(...labels)] : [];
    const colour = (i) => {
      if (fourth) return fourthColour(places[4 * i + 3]);
      return regression ? fourthColour((2 * (labels[i] - least)) / (most - least || 1) - 1) : classColour(labels[i]);
    };
    return this.projection.projectAll({ places, n })
      .map((at, i) => ({ at, colour: colour(i), label: regression ? 1 : labels[i], wrong: this.wrong[i] }))
      .filter(({ label }) => regression || this.shown.classes[label]);
  }

  // The path of the point through move k, up to a share of the move. Whole moves are kept until the point is moved.
  pathThrough(k, share) {
    if (this.path?.point !== this.point || this.path.moves !== this.moves) {
      this.path = { point: this.point, moves: this.moves, points: new MovingPoints(this.moves, [this.point]), whole: [] };
    }
    const places = () => range(11).map((i) => this.path.points.at(k + (share * i) / 10));
    return share < 1 ? places() : (this.path.whole[k] ??= places());
  }

  drawPoint(ctx) {
    const parts = range(Math.max(1, Math.ceil(this.t))).map((k) => this.pathThrough(k, Math.min(1, this.t - k)));
    const path = parts.map((places) => places.map((place) => this.projection.projectAll(place)[0]));
    const colour = this.network.regression ? COLOUR.point : classColour(answer(forward(this.network.layers, this.point)));
    this.pointOnScreen = path.at(-1).at(-1);
    drawPoint(ctx, path, this.pointOnScreen, colour);
  }
}
