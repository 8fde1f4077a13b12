package place

import "math"

// FenceVerdict says where a fix lies against a fence: inside if distance + accuracy <= radius, outside if distance - accuracy >
// radius, else uncertain; empty when there was nothing to judge.
type FenceVerdict string

// The verdicts of a fence.
const (
	FenceInside    FenceVerdict = "inside"
	FenceOutside   FenceVerdict = "outside"
	FenceUncertain FenceVerdict = "uncertain"
)

// Shape says what a fence looks like.
type Shape string

// The shapes of fences.
const (
	Circle  Shape = "circle"
	Polygon Shape = "polygon"
)

// Fence is an area around or beside a site. Points are in the datum that CRS names: the centre of a circle, or the corners of a
// polygon in order, whose last corner is joined to the first.
type Fence struct {
	ID      string  `json:"id"`
	Shape   Shape   `json:"shape"`
	CRS     CRS     `json:"crs"`
	Points  []Point `json:"points"`
	RadiusM int     `json:"radius_m,omitempty"` // of a circle
}

// Boundary returns how far a WGS-84 point lies outside the fence, in metres; negative inside it. A fence without points is
// infinitely far away.
func (f Fence) Boundary(p Point) float64 {
	if len(f.Points) == 0 {
		return math.Inf(1)
	}
	corners := f.Points
	if f.CRS != WGS84 {
		corners = f.WGS84()
	}
	if f.Shape == Circle {
		return Between(p, corners[0]).Metres - float64(f.RadiusM)
	}
	return seenFrom(p, corners)
}

// WGS84 returns the points of the fence in WGS-84.
func (f Fence) WGS84() []Point {
	out := make([]Point, len(f.Points))
	for i, c := range f.Points {
		out[i] = c.Normal().toWGS84(f.CRS)
	}
	return out
}

// Verdict judges a fix against the fence. An accuracy that is no number, or negative, is as good as none: such a fix may lie anywhere.
func (f Fence) Verdict(p Point, accuracyM float64) FenceVerdict {
	return VerdictAt(f.Boundary(p), accuracyM)
}

// VerdictAt judges a fix by how far it lies outside a fence.
func VerdictAt(boundaryM, accuracyM float64) FenceVerdict {
	switch {
	case math.IsNaN(boundaryM) || math.IsNaN(accuracyM) || accuracyM < 0:
		return FenceUncertain
	case boundaryM+accuracyM <= 0:
		return FenceInside
	case boundaryM-accuracyM > 0:
		return FenceOutside
	}
	return FenceUncertain
}

// seenFrom draws the corners on a plane around p by direction and distance, and measures there. Distances from p are exact in such a
// drawing, and edges of a few kilometres near it are straight to a millimetre; poles and the antimeridian are places like any other.
func seenFrom(p Point, corners []Point) float64 {
	plane := project(p, corners)
	nearest := math.Inf(1)
	inside := false
	for i, b := range plane {
		a := plane[(i+len(plane)-1)%len(plane)]
		nearest = min(nearest, fromOrigin(a, b))
		if (a.y > 0) != (b.y > 0) && a.x+(b.x-a.x)*a.y/(a.y-b.y) > 0 {
			inside = !inside
		}
	}
	if inside {
		return -nearest
	}
	return nearest
}

type vector struct{ x, y float64 }

// project draws points on a plane in metres, east and north of an origin.
func project(origin Point, points []Point) []vector {
	out := make([]vector, len(points))
	for i, c := range points {
		g := Between(origin, c)
		sin, cos := math.Sincos(g.Start * degree)
		out[i] = vector{g.Metres * sin, g.Metres * cos}
	}
	return out
}

// fromOrigin returns the distance of the origin from the line between a and b.
func fromOrigin(a, b vector) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, -(a.x*dx+a.y*dy)/l))
	}
	return math.Hypot(a.x+t*dx, a.y+t*dy)
}

// crosses reports whether the lines a-b and c-d share a point.
func crosses(a, b, c, d vector) bool {
	side := func(p, q, r vector) float64 { return (q.x-p.x)*(r.y-p.y) - (q.y-p.y)*(r.x-p.x) }
	within := func(p, q, r vector) bool {
		return min(p.x, q.x) <= r.x && r.x <= max(p.x, q.x) && min(p.y, q.y) <= r.y && r.y <= max(p.y, q.y)
	}
	d1, d2, d3, d4 := side(c, d, a), side(c, d, b), side(a, b, c), side(a, b, d)
	if (d1 > 0) != (d2 > 0) && (d3 > 0) != (d4 > 0) && d1*d2 != 0 && d3*d4 != 0 {
		return true
	}
	return d1 == 0 && within(c, d, a) || d2 == 0 && within(c, d, b) || d3 == 0 && within(a, b, c) || d4 == 0 && within(a, b, d)
}

// simple reports whether a polygon has an area and no edge that touches another one.
func simple(corners []Point) bool {
	v := project(corners[0], corners)
	n := len(v)
	area := 0.0
	for i := range n {
		a, b := v[i], v[(i+1)%n]
		area += a.x*b.y - b.x*a.y
		if a == b {
			return false
		}
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue // these two share a corner
			}
			if crosses(a, b, v[j], v[(j+1)%n]) {
				return false
			}
		}
	}
	return math.Abs(area)/2 >= minAreaM2
}
