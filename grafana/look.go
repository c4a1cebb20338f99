package main

import (
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// look overrides how one series or column is shown.
type look []dashboard.DynamicConfigValue

func set(id string, value any) look { return look{{Id: id, Value: value}} }

func color(name string) look {
	return set("color", map[string]string{"mode": "fixed", "fixedColor": name})
}
func unfilled() look        { return set("custom.fillOpacity", 0) }
func width(pixels int) look { return set("custom.lineWidth", pixels) }
func dashed() look          { return stroke("dash", 8, 6) }
func dotted() look          { return stroke("dot", 2, 4) }

func stroke(fill string, pattern ...int) look {
	return append(set("custom.lineStyle", map[string]any{"fill": fill, "dash": pattern}), unfilled()...)
}

// reference is a thin dashed line to compare the others with.
func reference() look { return slices.Concat(color("text"), dashed(), width(1)) }

// onTheRight gives a series its own axis and unit.
func onTheRight(unit string) look {
	return slices.Concat(set("unit", unit), set("custom.axisPlacement", common.AxisPlacementRight))
}

// unstacked draws a line over the stack of its panel.
func unstacked() look { return set("custom.stacking", map[string]string{"mode": "none", "group": "A"}) }

// thresholds are colors: lowest up to the first value, then each from its value on.
func thresholds(lowest string, higher ...dashboard.Threshold) *dashboard.ThresholdsConfigBuilder {
	steps := append([]dashboard.Threshold{{Color: lowest}}, higher...)
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

func from(value float64, color string) dashboard.Threshold {
	return dashboard.Threshold{Value: new(value), Color: color}
}

// mapped shows a value as text, in a color unless that is nil.
func mapped(value, text string, color *string) dashboard.ValueMapping {
	result := dashboard.ValueMappingResult{Text: new(text), Index: new(int32(0)), Color: color}
	return dashboard.ValueMapping{ValueMap: &dashboard.ValueMap{
		Type: dashboard.MappingTypeValueToText, Options: map[string]dashboard.ValueMappingResult{value: result},
	}}
}

func upOrDown() []dashboard.ValueMapping {
	return []dashboard.ValueMapping{mapped("1", "up", new("green")), mapped("0", "down", new("red"))}
}
