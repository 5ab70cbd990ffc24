package evidence

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// The types of content that are told apart beside those of the standard library.
const (
	typeText    = "text/plain"
	typeUnknown = "application/octet-stream"
	typeZip     = "application/zip"
	typeGzip    = "application/gzip"
	typeTar     = "application/x-tar"
	typeCFB     = "application/x-ole-storage"
	typePE      = "application/vnd.microsoft.portable-executable"
	typeELF     = "application/x-elf"
	typeMach    = "application/x-mach-binary"
	typeLink    = "application/x-ms-shortcut"
	typeScript  = "text/x-script"
	typeHTML    = "text/html"
	typeSVG     = "image/svg+xml"
	typeXML     = "text/xml"
)

// mark is how a type begins.
type mark struct {
	at    int
	bytes string
	media string
}

func marks() []mark {
	return []mark{
		{0, "MZ", typePE}, {0, "\x7fELF", typeELF},
		{0, "\xcf\xfa\xed\xfe", typeMach}, {0, "\xce\xfa\xed\xfe", typeMach}, {0, "\xfe\xed\xfa\xcf", typeMach}, {0, "\xfe\xed\xfa\xce", typeMach}, {0, "\xca\xfe\xba\xbe", "application/java-vm"},
		{0, "PK\x03\x04", typeZip}, {0, "PK\x05\x06", typeZip}, {0, "\x1f\x8b", typeGzip}, {257, "ustar", typeTar},
		{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", typeCFB}, {0, "L\x00\x00\x00\x01\x14\x02\x00", typeLink},
		{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"}, {0, "Rar!\x1a\x07", "application/vnd.rar"}, {0, "\xfd7zXZ\x00", "application/x-xz"}, {0, "BZh", "application/x-bzip2"},
		{0, "MSCF", "application/vnd.ms-cab-compressed"}, {0x8001, "CD001", "application/x-iso9660-image"}, {0, "{\\rtf", "application/rtf"}, {0, "%PDF-", "application/pdf"},
		{0, "\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"}, {0, "\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"}, {0, "\x0a\x0d\x0d\x0a", "application/x-pcapng"},
		{0, "ElfFile\x00", "application/x-ms-evtx"}, {0, "regf", "application/x-ms-registry"}, {0, "SQLite format 3\x00", "application/vnd.sqlite3"},
		{0, "ITSF", "application/vnd.ms-htmlhelp"}, {0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"}, {0, "#!", typeScript},
	}
}

// mediaOf says what content looks like from how it begins. What a sender says
// has no part in it.
func mediaOf(head []byte) string {
	for _, m := range marks() {
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes {
			return m.media
		}
	}
	media, _, _ := strings.Cut(http.DetectContentType(head), ";")
	lower := bytes.ToLower(head)
	switch {
	case bytes.Contains(lower, []byte("<svg")):
		return typeSVG
	case media == typeHTML, looksLikeText(head) && (bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<script"))):
		return typeHTML
	case media == typeText, media == typeXML, media == typeUnknown && looksLikeText(head) && len(head) > 0:
		return typeText
	}
	return media
}

// looksLikeText reports whether a beginning is text: UTF-8, or UTF-16 with its
// mark.
func looksLikeText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	if len(head) == headSize { // the last character may be cut
		for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ {
			head = head[:len(head)-1]
		}
	}
	return utf8.Valid(head) && !bytes.ContainsRune(head, 0)
}

// suspicion is why a file may do harm when somebody opens it; "" for what is
// only looked at. It is no verdict: it decides how a file leaves the house.
func suspicion(media, name string) string {
	if what := runs()[media]; what != "" {
		return "It is " + what + "."
	}
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if _, ok := runnable()[ext]; ok {
		return "A file that ends in ." + ext + " is run when it is opened."
	}
	return ""
}

func runs() map[string]string {
	return map[string]string{
		typePE: "a program for Windows", typeELF: "a program for Linux", typeMach: "a program for macOS", "application/java-vm": "a program for Java",
		typeLink: "a shortcut that can run programs", typeScript: "a script", typeHTML: "a page that can run scripts", typeSVG: "a picture that can run scripts",
		typeCFB: "a document of the old Office form, which can hold macros", "application/vnd.ms-htmlhelp": "a help file that can run scripts",
		"application/x-iso9660-image": "a disk image", "application/vnd.ms-cab-compressed": "a package for Windows", "application/onenote": "a notebook that can hold programs",
		"application/rtf": "a document that can hold programs",
	}
}

func runnable() map[string]struct{} {
	out := map[string]struct{}{}
	for _, ext := range strings.Fields(`ade adp apk app appx appxbundle bash bat bin chm cmd com command cpl csh deb dex diskcopy dll dmg doc docm dot dotm
		dylib exe fish gadget hlp hta htm html img inf ins iso jar js jse ksh lnk mhtml mht mde msc msi msix msp mst ocx one pif pkg pl potm ppam pps ppsm ppt pptm
		ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyw rb reg rpm rtf scf scr sct settingcontent-ms sh shb shs sldm so svg svgz swf sys udl url vb vbe vbs vhd vhdx
		wsc wsf wsh xbap xhtml xla xlam xlm xls xlsb xlsm xlt xltm xlw xll zsh`) {
		out[ext] = struct{}{}
	}
	return out
}
