package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/text"
)

// fenceFile is a file of fences in our own words: what "sites fence show" writes.
type fenceFile struct {
	Precision place.Precision `json:"precision,omitempty"`
	Fences    []place.Fence   `json:"fences"`
}

// maxFenceFile is the size of a file of fences.
const maxFenceFile = 1 << 20

// geoJSON is the part of RFC 7946 that can be a fence: points with a radius, and polygons without holes.
type geoJSON struct {
	Type       string      `json:"type"`
	CRS        string      `json:"datum,omitempty"`
	Features   []feature   `json:"features,omitempty"`
	Geometry   *geometry   `json:"geometry,omitempty"`
	Properties *fenceNamed `json:"properties,omitempty"`
}

type feature struct {
	Type       string     `json:"type"`
	Geometry   geometry   `json:"geometry"`
	Properties fenceNamed `json:"properties"`
}

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

type fenceNamed struct {
	ID      string  `json:"id,omitempty"`
	RadiusM float64 `json:"radius_m,omitempty"`
}

// readFences reads fences from a file in our own words or in GeoJSON. A datum that the file names wins over the one of the caller;
// GeoJSON says that it is WGS-84, which maps made in China are not, so it has to be named for it.
func readFences(data []byte, crs place.CRS) (fenceFile, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return fenceFile{}, notFences(err.Error())
	}
	if kind.Type == "" {
		return readOwnFences(data, crs)
	}
	var doc geoJSON
	if err := json.Unmarshal(data, &doc); err != nil {
		return fenceFile{}, notFences(err.Error())
	}
	if doc.CRS != "" {
		crs = place.CRS(doc.CRS)
	}
	if doc.Type == "Feature" && doc.Geometry != nil {
		f := feature{Geometry: *doc.Geometry}
		if doc.Properties != nil {
			f.Properties = *doc.Properties
		}
		doc.Features = []feature{f}
	}
	var out fenceFile
	for i, f := range doc.Features {
		fence, err := f.fence(i, crs)
		if err != nil {
			return fenceFile{}, err
		}
		out.Fences = append(out.Fences, fence)
	}
	if len(out.Fences) == 0 {
		return fenceFile{}, notFences(kind.Type)
	}
	return out, nil
}

func readOwnFences(data []byte, crs place.CRS) (fenceFile, error) {
	var out fenceFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return fenceFile{}, notFences(err.Error())
	}
	for i := range out.Fences {
		if out.Fences[i].CRS == "" {
			out.Fences[i].CRS = crs
		}
	}
	return out, nil
}

func notFences(why string) error {
	return domain.NewError(domain.Invalid, "not_a_fence_file", "why", text.Shown(why))
}

func (f feature) fence(i int, crs place.CRS) (place.Fence, error) {
	out := place.Fence{ID: f.Properties.ID, CRS: crs}
	if out.ID == "" {
		out.ID = fmt.Sprintf("f%d", i+1)
	}
	switch f.Geometry.Type {
	case "Point":
		var p []float64
		if err := json.Unmarshal(f.Geometry.Coordinates, &p); err != nil || len(p) < 2 {
			return out, notFences(out.ID)
		}
		out.Shape, out.Points, out.RadiusM = place.Circle, []place.Point{lonLat(p)}, int(math.Round(f.Properties.RadiusM))
	case "Polygon":
		var rings [][][]float64
		if err := json.Unmarshal(f.Geometry.Coordinates, &rings); err != nil || len(rings) != 1 || len(rings[0]) < 4 {
			return out, notFences(out.ID)
		}
		out.Shape = place.Polygon
		for _, p := range rings[0][:len(rings[0])-1] { // the last corner is the first again
			if len(p) < 2 {
				return out, notFences(out.ID)
			}
			out.Points = append(out.Points, lonLat(p))
		}
	default:
		return out, notFences(f.Geometry.Type)
	}
	return out, nil
}

// lonLat reads a position of GeoJSON, which has the longitude first.
func lonLat(p []float64) place.Point { return place.Point{Lat: p[1], Lon: p[0]}.Rounded() }

// asGeoJSON writes fences in WGS-84, as RFC 7946 wants them.
func asGeoJSON(fences []place.Fence) (geoJSON, error) {
	out := geoJSON{Type: "FeatureCollection", CRS: string(place.WGS84), Features: []feature{}}
	for _, f := range fences {
		var ring [][2]float64
		for _, p := range f.WGS84() {
			p = p.Rounded()
			ring = append(ring, [2]float64{p.Lon, p.Lat})
		}
		x := feature{Type: "Feature", Properties: fenceNamed{ID: f.ID, RadiusM: float64(f.RadiusM)}}
		var coordinates any = ring[0]
		x.Geometry.Type = "Point"
		if f.Shape == place.Polygon {
			x.Geometry.Type, coordinates = "Polygon", [][][2]float64{append(ring, ring[0])}
		}
		var err error
		if x.Geometry.Coordinates, err = json.Marshal(coordinates); err != nil {
			return out, err
		}
		out.Features = append(out.Features, x)
	}
	return out, nil
}
