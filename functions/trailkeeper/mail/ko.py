"""한국어. 중괄호 안은 코드가 채우며, 번역자는 그 밖의 말만 바꾼다."""

SEVERITY = {"critical": "심각", "high": "높음", "medium": "중간", "low": "낮음", "info": "정보"}
KINDS = {
    "trail": "추적",
    "account": "계정",
    "event data store": "이벤트 데이터 스토어",
    "channel": "채널",
    "resource policy": "리소스 정책",
    "bucket": "버킷",
    "key": "키",
    "log group": "로그 그룹",
    "topic": "주제",
    "subscription": "구독",
    "rule": "규칙",
    "state machine": "상태 머신",
    "function": "함수",
    "queue": "대기열",
    "role": "역할",
    "alarm": "경보",
    "stack": "스택",
}

# ---- 제목: 무엇을 했고 지금 어떤지

WHOSE = {
    "trail": "CloudTrail {kind}",
    "organization": "CloudTrail 위임 관리자",
    "event data store": "CloudTrail 이벤트 데이터 스토어",
    "channel": "CloudTrail {kind}",
    "destination": "CloudTrail {kind}",
    "trailkeeper": "Trailkeeper {kind}",
}
HEADLINES = {
    "stopped": "{what} 중지됨",
    "disabled": "{what} 비활성화됨",
    "deleted": "{what} 삭제됨",
    "scheduled": "{what} 삭제 예약됨",
    "narrowed": "{what} 기록 범위·위치 변경됨",
    "changed": "{what} 변경됨",
    "minor": "{what} 변경됨, 영향 적음",
    "harmless": "{what} 변경됨, 잃은 것 없음",
    "attempted": "{action} 시도 실패",
    "failed": "{action} 실패, 잃은 것 없음",
}
TAILS = {
    "recording_again": "다시 기록 중",
    "still_recording": "계속 기록 중",
    "exists_again": "다시 있음",
    "not_recording": "기록 안 됨",
    "gone": "추적 없어짐",
    "unread": "상태 알 수 없음",
    "restart_failed": "재시작 실패",
    "restart_unread": "재시작 확인 안 됨",
    "announced": "예고된 변경",
}
UNTRIAGED_HEADLINE = "CloudTrail 이벤트를 판정하지 못함"

# ---- 첫 문단: 무엇을 했고, Trailkeeper가 무엇을 했고, 지금 어떻고, 그 의미

DONE = {
    "stopped": "{actor}이(가) {what}을(를) 중지했습니다.",
    "disabled": "{actor}이(가) {what}을(를) 비활성화했습니다.",
    "deleted": "{actor}이(가) {what}을(를) 삭제했습니다.",
    "scheduled": "{actor}이(가) {what}의 삭제를 예약했습니다. 더 이상 작동하지 않지만 삭제는 아직 취소할 수 있습니다.",
    "narrowed": "{actor}이(가) {what}의 기록 범위를 줄이거나 저장 위치를 바꾸었습니다{sure}.",
    "changed": "{actor}이(가) {what}을(를) 변경했습니다({action}{sure}).",
    "minor": "{actor}이(가) {what}을(를) 변경했습니다({action}). 잃는 관리 이벤트는 없습니다.",
    "harmless": "{actor}이(가) {what}에 {action}을(를) 호출했으며 잃는 것은 없습니다.",
    "attempted": "{actor}이(가) {what}에 {action}을(를) 시도했으나 호출이 실패했습니다({code}).",
    "failed": "{actor}이(가) {what}에 {action}을(를) 시도했으나 호출이 실패했습니다({code}). "
    "성공했어도 잃을 관리 이벤트는 없습니다.",
}
SURE = {
    "request_not_in_event": " - 이벤트에 요청 내용이 없어 바뀐 것이 없을 수도 있음",
    "earlier_state_unknown": " - 요청 내용으로 판단함",
}
RESOURCES = {
    "trail": "추적 {name}",
    "organization": "조직 추적의 위임 관리자 {name}",
    "event data store": "이벤트 데이터 스토어 {name}",
    "channel": "CloudTrail {kind} {name}",
    "destination": "추적이 사용하는 {kind} {name}",
    "trailkeeper": "Trailkeeper 자신의 {kind} {name}",
}
OF_ACCOUNT = "계정 {account}의 {what}"
KIND_AND_NAME = "{kind} {name}"
UNNAMED = "(이벤트에 이름 없음)"
ACTOR_OF_ROLE = "{name}(역할 {role})"
DID = {
    "nothing": "",
    "restarted": "Trailkeeper가 {call}을(를) 호출했습니다.",
    "started": "Trailkeeper가 {call}을(를) 호출했고 CloudTrail이 이를 받아들였습니다.",
    "no_answer": "Trailkeeper가 {call}을(를) 호출했으나 적용되었는지는 알 수 없습니다(이유: {why}).",
    "failed": "Trailkeeper가 {call}을(를) 호출했으나 실패했습니다(이유: {why}).",
}
NOW = {
    "recording": "추적은 기록 중입니다.",
    "recording_again": "추적은 다시 기록 중입니다.",
    "not_recording": "추적은 기록되지 않고 있습니다.",
    "gone": "추적은 이제 없으며 아무것도 기록하지 않습니다.",
    "unread": "상태를 읽지 못했으므로 기록되지 않는다고 가정하십시오.",
    "restart_unread": "추적이 다시 기록 중인지는 읽지 못했으니(이유: {why}) 지금 확인하십시오.",
    "another_account": "다른 계정의 추적이므로 상태를 읽지 않았습니다.",
}
NOW_AFTER_DELETION = {
    "recording": "같은 이름의 추적이 다시 있으며 기록 중입니다.",
    "not_recording": "같은 이름의 추적이 다시 있으나 기록되지 않고 있습니다.",
    "gone": "이제 아무것도 기록하지 않습니다.",
    "unread": "같은 이름의 추적이 다시 생겼는지는 읽지 못했습니다.",
}
UNGUARDED = "되돌리기 전에는 호출을 알아채지 못하거나 메일을 보내지 못할 수 있습니다."
NOT_INGESTING = "이제 이벤트를 수집하지 않습니다."
DELIVERY_FAILS = "{trail}의 전송이 실패하고 있습니다: {error}."
DELIVERY_AS_YET = "{trail}의 전송 실패는 아직 보고되지 않았으나 늦게 나타날 수 있습니다."
DELIVERY_UNREAD = "로그가 계속 도착하는지는 읽지 못했습니다."
OTHERS_WRITE_TOO = "다음 추적도 사용하며 전송 상태는 읽지 않았습니다: {trails}."
WRITER_OFF = "추적 {trail}의 로깅도 꺼져 있습니다."
NOBODY_WRITES = "지금 그것을 사용하는 추적은 보이지 않습니다."
ANNOUNCED = "예고된 변경입니다: {reason}({until}까지)."
OWN_DEPLOYMENT = "계정 자체의 CDK 역할로 Trailkeeper를 배포한 것입니다."
ANNOUNCEMENT_EXPIRED = "예고된 변경이었으나({reason}) {until}에 기한이 지났으므로 다른 변경과 똑같이 다룹니다."
UNTRIAGED_SENTENCE = (
    "CloudTrail을 무력화할 수 있는 호출이 있었으나 Trailkeeper가 판정하지 못했습니다. "
    "아래 이벤트를 읽고 지금 추적을 확인하십시오."
)

# ---- 표

LABELS = {
    "what": "이벤트",
    "why": "근거",
    "when": "시간",
    "on": "대상",
    "trail": "추적",
    "state": "상태",
    "account": "계정",
    "region": "리전",
    "who": "사용자",
    "key": "액세스 키",
    "mfa": "MFA",
    "via": "경유",
    "source": "주소",
    "agent": "에이전트",
    "undo": "복구",
    "blind": "기록 공백",
    "coverage": "다른 추적",
    "error": "오류",
    "event": "이벤트",
    "execution": "실행",
}
UNKNOWN = "알 수 없음"
MORE = "... 그 밖에 {number}개"
SUCCEEDED = "{action}, 성공"
FAILED = "{action}, 실패: {code}"
ROLE = "역할 {role}"
YES, NO = "예", "아니요"
STATES = {"recording": "기록 중", "not_recording": "기록 안 됨", "gone": "없음", "unread": "알 수 없음"}
SINCE = "{time}부터 {state}"
NOT_READ = "읽지 못함: {why}"
HOME_REGION = "홈 리전 {region}"
ONE_REGION, ALL_REGIONS = "한 리전만", "모든 리전"
ORGANIZATION_TRAIL = "조직 추적"
NOT_SELECTED = "이벤트 선택기에서 빠진 것: {gaps}"
GAPS = {"all": "모든 관리 이벤트", "reads": "읽기 이벤트", "writes": "쓰기 이벤트"}
GAPS_OF_SERVICE = {
    "all": "{service}의 이벤트",
    "reads": "{service}의 읽기 이벤트",
    "writes": "{service}의 쓰기 이벤트",
}
DELIVERY_ERROR = "{to} 전송 실패: {error}"
DELIVERS_TO = {"bucket": "버킷", "digest": "버킷(다이제스트)", "log group": "로그 그룹"}
UNDO = {
    "nothing": "{call}",
    "restarted": "{time}에 {call} 호출; 호출 후 상태: {state}",
    "started": "{time}에 {call} 호출, 받아들여짐; 호출 후 상태: {state}",
    "no_answer": "{call}: {why}; 호출 후 상태: {state}",
    "failed": "{call} 실패: {why}; 호출 후 상태: {state}",
}
NOT_UNDONE = "하지 않음: {why}"
UNDO_WHY = {
    "nothing_changed": "바뀐 것이 없음",
    "announced": "예고된 변경임",
    "not_undone_by_us": "Trailkeeper는 {action}을(를) 되돌리지 않음",
    "another_account": "다른 계정의 추적임",
    "not_identified": "이벤트에서 추적과 홈 리전을 알 수 없음",
    "setting": "설정 undo가 off임",
}
BLIND_CLOSED = "{duration}, {start}부터 {end}까지"
BLIND_OPEN = "{start}부터, 아직 계속됨"
BLIND_UNKNOWN = "{start}부터, 끝났는지는 읽지 못함"
BLIND_NONE = "없음"
SECONDS, MINUTES, HOURS = "{seconds}초", "{minutes}분 {seconds}초", "{hours}시간 {minutes}분"
COVERED_BY_OTHERS = {
    "all": "{region}의 관리 이벤트는 다른 추적이 모두 계속 기록합니다: {trails}",
    "part": "{region}의 관리 이벤트는 다른 추적이 일부만 기록합니다: {trails}. 빠진 것: {gaps}",
    "none": "{region}의 관리 이벤트를 기록하는 다른 추적이 없습니다.",
}
COVERED = {
    "all": "{region}의 관리 이벤트를 모두 기록하는 추적: {trails}",
    "part": "{region}의 관리 이벤트는 일부만 기록됩니다: {trails}. 빠진 것: {gaps}",
    "none": "{region}의 관리 이벤트를 기록하는 추적이 없습니다.",
}
COVERED_AS_FAR_AS_READ = {
    "part": "{region}의 관리 이벤트는 확인된 바로는 다른 추적이 일부만 기록합니다: {trails}. 빠진 것: {gaps}",
    "none": "{region}의 관리 이벤트를 기록한다고 확인된 다른 추적이 없습니다. 읽지 못한 것은 아래와 같습니다.",
}
COVERAGE_UNKNOWN = "{region}의 관리 이벤트를 다른 추적이 기록하는지 알 수 없습니다: {why}"
LOGGING_UNREAD = "{trail}의 로깅은 켜져 있으나 이벤트 선택기를 읽지 못해 무엇을 기록하는지 알 수 없습니다"
LOGGING_UNREAD_ORGANIZATION = (
    "조직 추적 {trail}의 로깅은 켜져 있으나 이 계정에서 이벤트 선택기를 읽지 못해 무엇을 기록하는지 알 수 없습니다"
)
TRAIL_UNREAD = "{trail}을(를) 읽지 못해 기록하는지 알 수 없습니다"
UNREAD = "읽지 못함: {on}의 {call}: {why}"

# 오류의 이름: 실패한 이유
ERRORS = {
    "AccessDenied": "Trailkeeper 역할의 권한이 역할 자체의 정책이나 조직의 정책(SCP)으로 거부됨",
    "AccessDeniedException": "Trailkeeper 역할의 권한이 역할 자체의 정책이나 조직의 정책(SCP)으로 거부됨",
    "TrailNotFoundException": "CloudTrail에 그런 추적이 없음",
    "InvalidHomeRegionException": "홈 리전에서만 시작할 수 있음",
    "NotOrganizationMasterAccountException": "조직의 관리 계정만 시작할 수 있음",
    "NotOrganizationManagementAccountException": "조직의 관리 계정만 시작할 수 있음",
    "InsufficientDependencyServiceAccessPermissionException": "Trailkeeper 역할에 조직 추적에 필요한 권한이 없음",
    "NoManagementAccountSLRExistsException": "조직의 관리 계정에 CloudTrail 서비스 연결 역할이 없음",
    "ThrottlingException": "AWS가 호출을 제한함",
    "Throttling": "AWS가 호출을 제한함",
    "InternalFailure": "AWS 내부 오류",
    "InternalServerError": "AWS 내부 오류",
    "ServiceUnavailable": "AWS를 사용할 수 없음",
    "States.Timeout": "제시간에 응답이 없음",
    "Sandbox.Timedout": "제시간에 응답이 없음",
    "ReadTimeoutError": "제시간에 응답이 없음",
    "ConnectTimeoutError": "AWS에 연결하지 못함",
    "EndpointConnectionError": "AWS에 연결하지 못함",
    "ConnectionClosedError": "응답 전에 연결이 끊어짐",
    "ResponseStreamingError": "응답 중에 연결이 끊어짐",
    "IncompleteAnswer": "응답이 불완전함",
    "States.DataLimitExceeded": "응답이 너무 큼",
    "NoAnswer": "쓸 수 있는 응답이 없음",
    "NotRead": "읽을 시간이 없었음",
    "another_account": "다른 계정의 것임",
}
OTHER_ERROR = "{code}, 자세한 내용은 실행 기록에 있음"
UNEXPECTED_ERROR = "예기치 않은 오류, 자세한 내용은 실행 기록에 있음"

# ---- 다음에 할 일

NEXT_TITLE = "다음에 할 일"
NEXT = {
    "start": "지금 추적을 시작하십시오:",
    "create": "버킷 정책이 그대로 맞도록 같은 이름과 같은 버킷으로 추적을 다시 만들고 시작하십시오. "
    "이전 설정(90일 이벤트 기록):",
    "compare": "원래 설정과 비교하여 다시 설정하십시오:",
    "put_back": "되돌리십시오:",
    "look": "지금 어떤지 확인하십시오:",
    "deploy": "Trailkeeper를 다시 배포하여 모든 부분을 제자리로 돌려놓으십시오.",
    "check": "추적을 직접 확인하십시오:",
    "ask": "의도한 작업인지 {actor}에게 물어보십시오. 아니라면 자격 증명이 유출된 것으로 보고 "
    "액세스 키를 비활성화하십시오:",
    "ask_only": "의도한 작업인지 {actor}에게 물어보십시오. 아니라면 자격 증명이 유출된 것으로 보고 "
    "자격 증명이나 역할의 세션을 취소하십시오.",
    "ask_root": "의도한 작업인지 루트 사용자의 소유자에게 물어보십시오. 아니라면 자격 증명이 유출된 것으로 보고 "
    "루트로 로그인하여 암호를 바꾸고 루트 사용자의 액세스 키를 삭제하십시오.",
    "history": "같은 자격 증명으로 한 다른 일을 확인하십시오. 추적이 꺼져 있어도 이벤트 기록에는 남습니다:",
}
LINKS_TITLE = "AWS 콘솔에서 보기"
RAW_TITLE = "받은 이벤트 원문"

# ---- 사실, 코드별

FACTS = {
    "call_not_watched": "CloudTrail을 무력화할 수 있는 호출이 아님",
    "vpc_endpoint_copy": "관리 이벤트의 VPC 엔드포인트 사본임",
    "trail_not_guarded": "지키는 추적이 아님",
    "resource_not_watched": "지키는 추적이 저장하는 곳도 Trailkeeper의 일부도 아님",
    "call_succeeded": "호출이 성공함",
    "call_failed": "호출이 실패함",
    "failed_harmless": "호출이 실패했고, 성공했어도 잃을 관리 이벤트가 없음",
    "narrows_nothing": "잃는 것이 없음",
    "records_no_less": "기록하는 것이 전보다 줄지 않음",
    "sets_up_new_trail": "바로 전에 만든 추적을 설정하는 것임",
    "changed_again": "그 뒤에 다시 바뀜",
    "earlier_state_unknown": "전에 어땠는지 알 수 없음",
    "request_not_in_event": "이벤트에 요청 내용이 없어 무엇이 바뀌었는지 알 수 없음",
    "announced": "예고됨",
    "announcement_expired": "예고되었으나 기한이 지남",
    "own_deployment": "계정 자체의 CDK 역할에 의한 배포",
    "covered": "다른 추적이 이 리전의 관리 이벤트를 모두 계속 기록함",
    "covered_in_part": "다른 추적이 이 리전의 관리 이벤트를 일부만 기록함",
    "not_covered": "이 리전의 관리 이벤트를 기록하는 다른 추적이 없음",
    "no_other_in_all_regions": "확인된 다른 추적 가운데 모든 리전을 기록하는 것이 없음",
    "delivery_fails": "전송 실패",
    # 추적과 이벤트 데이터 스토어
    "one_region": "한 리전만 기록함",
    "no_global_events": "IAM 같은 글로벌 서비스 이벤트가 빠짐",
    "no_validation": "로그 파일 검증이 꺼짐",
    "no_organization": "더 이상 조직 전체를 기록하지 않음",
    "setting_set": "요청에 지정됨",
    "setting_changed": "설정이 바뀜",
    "foreign_key": "다른 계정의 키로 암호화됨",
    "log_group_removed": "더 이상 CloudWatch Logs로 이벤트를 보내지 않음",
    "management_events_left_out": "이벤트 선택기가 관리 이벤트를 모두 기록하지는 않음",
    "fewer_management_events": "이벤트 선택기가 기록하는 관리 이벤트가 전보다 적음",
    "fewer_data_events": "이벤트 선택기가 기록하는 데이터 이벤트가 전보다 적음",
    "insights_off": "Insights가 꺼졌거나 찾는 것이 줄어듦",
    "insights_fewer": "Insights가 찾는 것이 전보다 적음",
    "event_size_set": "이벤트 크기가 제한됨",
    "event_content_changed": "이벤트에 덧붙이는 내용이 바뀜",
    "no_termination_protection": "종료 방지 기능이 꺼짐",
    "store_events_expire": "이벤트가 지워지기까지의 일수",
    "delegated_admin_removed": "그 계정이 더 이상 조직 추적을 관리할 수 없음",
    "channel_closed": "AWS 외부에서 더 이상 이벤트를 보낼 수 없음",
    # 추적이 저장하는 곳
    "bucket_closed": "CloudTrail이 더 이상 버킷에 쓸 수 없음",
    "policy_excludes_cloudtrail": "정책이 CloudTrail의 쓰기나 암호화를 허용하지 않음",
    "policy_denies_cloudtrail": "정책이 CloudTrail에 필요한 것을 거부함",
    "policy_open_to_anyone": "정책이 누구에게나 허용함",
    "log_files_expire": "로그 파일이 지워지기까지의 일수",
    "log_files_expire_on": "로그 파일이 지워지는 날",
    "other_files_expire": "알려진 추적의 로그 파일이 아닌 파일이 지워짐",
    "no_versions": "덮어쓰거나 지운 파일이 남지 않음",
    "no_mfa_delete": "삭제에 더 이상 MFA가 필요 없음",
    "bucket_key": "버킷이 암호화에 쓰는 키",
    "no_bucket_key": "버킷에 지정된 키를 더 이상 쓰지 않음",
    "bucket_listed_by_anyone": "누구나 버킷의 목록을 볼 수 있음",
    "bucket_open_to_others": "다른 사람이 버킷에 접근할 수 있음",
    "public_access_possible": "퍼블릭 액세스가 차단되지 않음",
    "locked_for_days": "새 로그 파일이 삭제로부터 잠기는 일수",
    "not_locked": "새 로그 파일이 삭제로부터 잠기지 않음",
    "copied_elsewhere": "로그 파일이 다른 곳으로 복제됨",
    "no_longer_copied": "로그 파일이 더 이상 다른 곳으로 복제되지 않음",
    "cannot_encrypt": "CloudTrail이 암호화할 수 없어 아무것도 전송되지 않음",
    "key_no_longer_rotates": "키가 더 이상 교체되지 않음",
    "log_stream_deleted": "로그 스트림 하나의 이벤트가 삭제됨",
    "log_events_expire": "로그 이벤트가 지워지기까지의 일수",
    "no_longer_forwarded": "로그 이벤트가 더 이상 전달되지 않음",
    # Trailkeeper 자신의 부분
    "part_changed": "바뀜",
    "rule_starts_nothing": "규칙이 더 이상 아무것도 시작하지 않음",
    "execution_stopped": "사건의 처리가 도중에 중단됨",
    "concurrency_limited": "동시 실행이 제한됨",
    "function_open_to_others": "다른 사람이 함수를 호출할 수 있음",
    "permissions_changed": "권한이 바뀜",
    "trust_changed": "역할을 맡을 수 있는 사람이 바뀜",
    "queue_emptied": "전달하지 못한 이벤트가 삭제됨",
}
