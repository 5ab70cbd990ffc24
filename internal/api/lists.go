package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// noNulls returns v with every nil list and map made an empty one, because a
// client should never have to ask whether a list is there. v is an answer that
// its handler made for this request alone: it may be changed in place.
func noNulls(v any) any {
	if v == nil {
		return v
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer {
		fill(rv)
		return v
	}
	settable := reflect.New(rv.Type()).Elem()
	settable.Set(rv)
	fill(settable)
	return settable.Interface()
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Struct:
		fillStruct(v)
	case reflect.Slice:
		fillSlice(v)
	case reflect.Map:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	case reflect.Interface:
		if !v.IsNil() && v.CanSet() {
			v.Set(reflect.ValueOf(noNulls(v.Interface())))
		}
	}
}

func fillStruct(v reflect.Value) {
	if _, own := v.Interface().(json.Marshaler); own {
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			fill(v.Field(i))
		}
	}
}

func fillSlice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return // bytes and raw JSON
	}
	if v.IsNil() && v.CanSet() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	for i := range v.Len() {
		fill(v.Index(i))
	}
}

// neverNull takes "null" from the type of every list in the description, and
// so from what is accepted: huma would allow it.
func neverNull(o *huma.OpenAPI) {
	seen := map[*huma.Schema]bool{}
	for _, s := range o.Components.Schemas.Map() {
		neverNullIn(s, seen)
	}
	for _, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				neverNullOp(op, seen)
			}
		}
	}
}

func neverNullOp(op *huma.Operation, seen map[*huma.Schema]bool) {
	for _, p := range op.Parameters {
		neverNullIn(p.Schema, seen)
	}
	if op.RequestBody != nil {
		for _, m := range op.RequestBody.Content {
			neverNullIn(m.Schema, seen)
		}
	}
	for _, r := range op.Responses {
		for _, m := range r.Content {
			neverNullIn(m.Schema, seen)
		}
	}
}

func neverNullIn(s *huma.Schema, seen map[*huma.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.Type == huma.TypeArray {
		s.Nullable = false
		neverNullIn(s.Items, seen)
	}
	for _, p := range s.Properties {
		neverNullIn(p, seen)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		neverNullIn(more, seen)
	}
	for _, group := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, sub := range group {
			neverNullIn(sub, seen)
		}
	}
}
