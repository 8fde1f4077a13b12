// Package place holds where and with what people punch: sites, devices and what devices hand in before it is known whose it is.
//
// Intake keeps import batches and punches of unknown people until somebody says whose they are. It never judges a punch.
package place

import "github.com/punchledger/punchledger/domain"

// Categories returns the stream categories of this package.
func Categories() []string { return []string{"site", "device", "intake"} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{
		SiteOpened{},
		SiteClosed{},
		SiteRenamed{},
		SiteFencesSet{},
		SiteNetworksSet{},
		SiteCodeSet{},
		DeviceEnrolled{},
		DeviceTrustChanged{},
		DeviceClockCorrected{},
		DeviceOutageRecorded{},
		DeviceRetired{},
		DeviceBound{},
		DeviceUnbound{},
		DeviceConfirmed{},
		DeviceKeyRotated{},
		DeviceHandedOver{},
		ImportBatchRecorded{},
		ImportBatchVoided{},
		PunchQuarantined{},
		PunchAttributed{},
		OfflineBatchReceived{},
	}
}

// Upcasters returns the upcasters of this package; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }
